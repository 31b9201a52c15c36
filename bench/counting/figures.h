// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts as a table and as JSON, and their comparison with earlier ones: no I/O.

#ifndef TIMED_BENCH_COUNTING_FIGURES_H
#define TIMED_BENCH_COUNTING_FIGURES_H

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace timed::bench {

/// One of the counts per operation, and its tolerance.
struct counter {
  std::string_view name;
  double tolerance = 0;         ///< absolute
  double tolerance_ours = 0;    ///< relative; the larger of the two applies
  double tolerance_others = 0;  ///< relative, for entries without code of this repository
};

/// Instructions are those in user mode, including the C library, without the vDSO. The C library
/// chooses its functions by the processor: without AVX2, cancel_after takes 3.5 % more, ours less
/// than 2 %. The reads are those of the steady clock, of CLOCK_MONOTONIC_COARSE, and of the time
/// stamp counter. All other counts are the same in each run.
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

/// Counts per operation of one entry, by counter.
using counts_of_entry = std::map<std::string, double, std::less<>>;

/// All counts of a program.
struct figures {
  std::string backend;
  std::string compiler;  ///< such as "GCC 16"; affects instructions
  std::string machine;   ///< such as "x86_64"; affects instructions
  std::string boost;     ///< such as "1.90.0"; affects instructions, and all counts of Boost's code
  std::string libc;      ///< such as "glibc 2.41"; affects instructions
  std::map<std::string, counts_of_entry, std::less<>> entries;
};

/// @return A line for each entry.
std::string table_of(const figures& counted);

/// @return JSON, one entry per line, sorted by name.
std::string to_json(const figures& counted);

/// @throws std::exception if the text is not such JSON.
figures from_json(std::string_view text);

/// Result of a comparison.
struct comparison {
  std::vector<std::string> failures;  ///< A sentence for each figure that differs.
  std::vector<std::string> notes;     ///< What was not compared, and the reason.
};

/// @param before The figures in the repository.
comparison compare(const figures& before, const figures& now);

}  // namespace timed::bench

#endif  // TIMED_BENCH_COUNTING_FIGURES_H
