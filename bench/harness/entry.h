// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What a benchmark program uses to register its entries; the rest of the program is main.cc.

#ifndef TIMED_BENCH_HARNESS_ENTRY_H
#define TIMED_BENCH_HARNESS_ENTRY_H

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <string_view>

namespace timed::bench {

/// Registers the entries of the program; each program defines it.
void register_entries();

/// @return Whether the program only has to run, and its figures are ignored (--smoke_test).
bool is_smoke_test();

/// @return Whether to leave out what is counted in a traced process (--no_tracing). Counting takes
///     as long as timing.
bool is_without_tracing();

/// Reports on stderr what is left out, because it is unavailable here or was not requested. A
/// program whose entries are all left out does not fail.
void leave_out(std::string_view what_and_reason);

/// @return Whether a client can have another CPU than this process, here or on another host
///     (--client_host). If not, reports that all entries are left out.
bool can_have_a_client();

/// The same of a process that has to be on this host.
bool can_have_a_process_beside();

/// Registers one entry, whose time is what `measure` sets with `SetIterationTime`.
///
/// An exception from `measure` fails the entry and in the end the program: the results then have
/// the error instead of figures.
/// @return Google Benchmark's registration, for further settings.
benchmark::internal::Benchmark* register_entry(const std::string& name,
                                               std::function<void(benchmark::State&)> measure);

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_ENTRY_H
