// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What was counted, as a table and as JSON, and how it compares to what was counted before: no I/O.

#ifndef TIMED_BENCH_COUNTING_FIGURES_H
#define TIMED_BENCH_COUNTING_FIGURES_H

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace timed::bench {

/// One of what is counted per operation, and by how much it may differ.
struct counter {
  std::string_view name;
  double tolerance = 0;         ///< absolute
  double tolerance_ours = 0;    ///< of the figure before; the larger of the two counts
  double tolerance_others = 0;  ///< the same of entries with nothing of ours in them
};

/// Instructions are those of user mode, the C library's included, the vDSO's not. A processor
/// without some extension takes other ones of the C library: without AVX2, 3.5 % more of
/// cancel_after, and less than 2 % of ours. The reads are those of the steady clock, of
/// CLOCK_MONOTONIC_COARSE, and of the time stamp counter. All else is the same in each run.
inline constexpr std::array<counter, 9> counters = {{
    {"instructions", 8, 0.02, 0.05},
    {"steady_reads"},
    {"coarse_reads"},
    {"counter_reads"},
    {"allocations"},
    {"system_calls"},
    {"submits"},
    {"submissions"},
    {"handlers"},
}};

/// What one operation of one entry takes, by counter.
using counts_of_entry = std::map<std::string, double, std::less<>>;

/// All that was counted by a program.
struct figures {
  std::string backend;
  std::string compiler;  ///< such as "GCC 16"; with it, the instructions are the same
  std::string machine;   ///< such as "x86_64"; likewise
  std::string boost;     ///< such as "1.90.0"; likewise, and other counts of other people's code
  std::string libc;      ///< such as "glibc 2.41"; whose instructions count too
  std::map<std::string, counts_of_entry, std::less<>> entries;
};

/// @return A line for each entry.
std::string table_of(const figures& of);

/// @return JSON, an entry per line, in the same order always.
std::string to_json(const figures& of);

/// @throws std::exception that says what is wrong with it.
figures from_json(std::string_view text);

/// What a comparison finds.
struct comparison {
  std::vector<std::string> failures;  ///< A sentence for each figure that is not as before.
  std::vector<std::string> notes;     ///< What was not compared, and why.
};

/// @param before What is checked in.
comparison compare(const figures& before, const figures& now);

}  // namespace timed::bench

#endif  // TIMED_BENCH_COUNTING_FIGURES_H
