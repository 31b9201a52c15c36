// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_REPORTING_MODEL_ENTRY_FILTER_H
#define TIMED_BENCH_REPORTING_MODEL_ENTRY_FILTER_H

#include <regex.h>

#include <memory>
#include <string>

#include "bench/reporting/model/result.h"

namespace timed::bench {

/// A filter of entries as in Google Benchmark: an extended regular expression that has to match
/// somewhere in the name; with a "-" before it, that must not match.
class entry_filter {
 public:
  static result<entry_filter> parse(const std::string& text);

  bool matches(const std::string& entry) const;

 private:
  std::shared_ptr<const regex_t> expression_;
  bool negated_ = false;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_MODEL_ENTRY_FILTER_H
