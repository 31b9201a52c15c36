// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_RENDER_NOTICES_H
#define TIMED_BENCH_REPORTING_RENDER_NOTICES_H

#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"

namespace timed::bench {

struct notice {
  std::string title = {};  ///< "Partial:"
  std::string text = {};
};

/// @return What a reader has to know first: that the run is partial, that its rounds are too few,
///     and what failed.
std::vector<notice> notices_of(const report_data& data);

/// @return That the run was disturbed, in one line; empty if it was not, or if its rounds are too
///     few to mean anything.
std::string disturbance_line(const report_data& data);

/// @return "2026-12-01 01:18 UTC · commit 6f755360ca42 · AMD EPYC · ..."
std::string run_text(const report_data& data);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_NOTICES_H
