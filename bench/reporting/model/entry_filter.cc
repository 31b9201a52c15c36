// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/model/entry_filter.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace timed::bench {

result<entry_filter> entry_filter::parse(const std::string& text) {
  entry_filter filter;
  filter.negated_ = !text.empty() && text.front() == '-';
  regex_t compiled;
  const int error =
      ::regcomp(&compiled, text.c_str() + (filter.negated_ ? 1 : 0), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    std::array<char, 256> why{};
    ::regerror(error, &compiled, why.data(), why.size());
    return failed(absl::StrCat("\"", text, "\" is not a regular expression: ", why.data()));
  }
  filter.expression_ = {new regex_t(compiled), [](regex_t* expression) {
                          ::regfree(expression);
                          delete expression;
                        }};
  return filter;
}

bool entry_filter::matches(const std::string& entry) const {
  return (::regexec(expression_.get(), entry.c_str(), 0, nullptr, 0) == 0) != negated_;
}

}  // namespace timed::bench
