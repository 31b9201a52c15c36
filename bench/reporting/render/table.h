// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_TABLE_H
#define TIMED_BENCH_REPORTING_RENDER_TABLE_H

#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/suites.h"

namespace timed::bench {

struct table_cell {
  std::string value = {};     ///< The median; "-" if there is none.
  std::string interval = {};  ///< "+14 .. +16"; empty if none is shown.
};

struct table_row {
  std::vector<std::string> parts = {};  ///< Of the name; empty if the same as in the row above.
  std::string contender = {};
  contender_kind kind;
  std::vector<table_cell> cells = {};  ///< Empty if it failed in each round.
  std::string remark = {};
};

/// One suite on one backend.
struct suite_table {
  std::vector<std::string> part_headings = {};
  std::vector<column> columns = {};
  std::vector<table_row> rows = {};
};

/// @return A restriction of the entry's figures: "did not keep the rate in 2 of 9 rounds"; empty if
///     there is none.
std::string remark_of(const measured_program& program, const measured_entry& entry);

suite_table make_table(const measured_program& program);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_TABLE_H
