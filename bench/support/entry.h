// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a benchmark program consists of besides its entries is in main.cc.

#ifndef TIMED_BENCH_SUPPORT_ENTRY_H
#define TIMED_BENCH_SUPPORT_ENTRY_H

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <string_view>

namespace timed::bench {

/// Registers what the program measures; each program defines it.
void register_entries();

/// @return Whether the figures are of no interest to anybody (--smoke_test).
bool is_smoke_test();

/// @return Whether what is counted in a traced process, which takes as long as what is timed, is to
///     be left out (--no_tracing).
bool is_without_tracing();

/// Says of what cannot be had here, or is not asked for, that it is left out, and why: for
/// bench:report and whoever runs the program. One whose entries are all left out does not fail.
void leave_out(std::string_view what_and_why);

/// @return Whether a client process can have a CPU of its own, without which a program that needs
///     one would measure something else. If not, it is said that all of its entries are left out.
bool can_have_a_client();

/// Registers one entry, whose time is what `measure` sets by `SetIterationTime`.
///
/// An exception from it fails the entry and in the end the program: its results then say so, and
/// there are no figures of it.
/// @return Google Benchmark's registration, for what is to be different from the others.
benchmark::internal::Benchmark* register_entry(const std::string& name,
                                               std::function<void(benchmark::State&)> measure);

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_ENTRY_H
