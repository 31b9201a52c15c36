// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a benchmark program consists of besides its entries is in main.cc.

#ifndef TIMED_BENCH_SUPPORT_ENTRY_H
#define TIMED_BENCH_SUPPORT_ENTRY_H

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace timed::bench {

/// Registers what the program measures; each program defines it.
void register_entries();

/// @return Whether the figures are of no interest to anybody (--smoke_test).
bool is_smoke_test();

/// Registers one entry, whose time is what `measure` sets by `SetIterationTime`.
///
/// An exception from it fails the entry and in the end the program: its results then say so, and
/// there are no figures of it.
/// @return Google Benchmark's registration, for what is to be different from the others.
benchmark::internal::Benchmark* register_entry(const std::string& name,
                                               std::function<void(benchmark::State&)> measure);

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ENTRY_H
