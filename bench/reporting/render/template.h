// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Text from templates: a subset of the template language mustache.

#ifndef TIMED_BENCH_REPORTING_RENDER_TEMPLATE_H
#define TIMED_BENCH_REPORTING_RENDER_TEMPLATE_H

#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace timed::bench {

/// Templates that others include, by name.
using template_map = std::map<std::string_view, std::string_view, std::less<>>;

/// Fills in a template.
///
/// - `{{name}}` is the value, escaped for HTML; `{{{name}}}` is the value as it is.
/// - `{{#name}}...{{/name}}` is repeated for each element of an array, rendered once for any other
///   value, and left out for a missing value, false, an empty string and an empty array. Inside,
///   names are looked up in the element first; `{{.}}` is the element itself.
/// - `{{^name}}...{{/name}}` is rendered where `{{#name}}` would leave out its content.
/// - `{{>name}}` includes another template.
///
/// A line that has only such a tag of a section or an include is removed.
///
/// @throws std::logic_error if a value is missing, a section has no end, or an include is unknown.
std::string render(std::string_view text, const boost::json::value& data,
                   const template_map& includes = {});

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_TEMPLATE_H
