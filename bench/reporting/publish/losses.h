// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_PUBLISH_LOSSES_H
#define TIMED_BENCH_REPORTING_PUBLISH_LOSSES_H

#include <string>

#include "bench/reporting/model/report_data.h"

namespace timed::bench {

/// What our stream is compared with.
enum class rival {
  competitor,
  other_backend,
  usual_variant,  ///< Of our stream, compared with the other variants.
};

/// @return All comparisons in which ours is significantly worse, as a Markdown list after the
///     number of comparisons.
std::string losses_text(const report_data& data, rival to);

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_PUBLISH_LOSSES_H
