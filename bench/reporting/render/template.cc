// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/template.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "bench/reporting/render/html_text.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

// A tag and the text that it replaces: its whole line if it is alone there.
struct tag {
  char kind;  // one of # ^ / > { and v, for a value
  std::string_view name;
  std::size_t begin;
  std::size_t end;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

// Extends a tag to its line if there is nothing else on it.
void take_line(std::string_view text, tag& found) {
  const std::size_t before = text.rfind('\n', found.begin);
  const std::size_t line = found.begin == 0 || before == std::string_view::npos ? 0 : before + 1;
  const std::size_t newline = text.find('\n', found.end);
  if (newline == std::string_view::npos) return;
  if (!is_blank(text.substr(line, found.begin - line))) return;
  if (!is_blank(text.substr(found.end, newline - found.end))) return;
  found.begin = line;
  found.end = newline + 1;
}

std::optional<tag> next_tag(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find("{{", from);
  if (begin == std::string_view::npos) return std::nullopt;
  const bool is_raw = text.substr(begin, 3) == "{{{";
  const std::string_view closing = is_raw ? "}}}" : "}}";
  const std::size_t end = text.find(closing, begin);
  if (end == std::string_view::npos) throw std::logic_error("a tag of a template has no end");
  std::string_view name = text.substr(begin + closing.size(), end - begin - closing.size());
  tag found{is_raw ? '{' : 'v', {}, begin, end + closing.size()};
  if (!is_raw && name.find_first_of("#^/>") == 0) {
    found.kind = name.front();
    name.remove_prefix(1);
    take_line(text, found);
  }
  found.name = absl::StripAsciiWhitespace(name);
  return found;
}

// Returns the tag that ends a section.
tag end_of(std::string_view text, const tag& section) {
  std::size_t depth = 0;
  std::size_t from = section.end;
  while (const std::optional<tag> found = next_tag(text, from)) {
    from = found->end;
    if (found->kind == '#' || found->kind == '^') ++depth;
    if (found->kind != '/') continue;
    if (depth-- > 0) continue;
    if (found->name != section.name) break;
    return *found;
  }
  throw std::logic_error(absl::StrCat("a section of a template has no end: ", section.name));
}

bool is_empty(const json::value* value) {
  if (value == nullptr || value->is_null()) return true;
  if (value->is_bool()) return !value->get_bool();
  if (value->is_string()) return value->get_string().empty();
  return value->is_array() && value->get_array().empty();
}

class renderer {
 public:
  renderer(const json::value& data, const template_map& includes) : includes_(includes) {
    context_.push_back(&data);
  }

  void add(std::string_view text) {
    std::size_t from = 0;
    while (const std::optional<tag> found = next_tag(text, from)) {
      out_.append(text.substr(from, found->begin - from));
      from = found->end;
      if (found->kind == '#' || found->kind == '^') {
        const tag end = end_of(text, *found);
        add_section(*found, text.substr(found->end, end.begin - found->end));
        from = end.end;
      } else {
        add_tag(*found);
      }
    }
    out_.append(text.substr(from));
  }

  std::string take() { return std::move(out_); }

 private:
  void add_tag(const tag& found) {
    if (found.kind == '/') {
      throw std::logic_error(absl::StrCat("a section of a template has no begin: ", found.name));
    }
    if (found.kind == '>') {
      const auto include = includes_.find(found.name);
      if (include == includes_.end()) {
        throw std::logic_error(absl::StrCat("there is no template ", found.name));
      }
      return add(include->second);
    }
    const json::value* const value = find(found.name);
    if (value == nullptr) throw std::logic_error(absl::StrCat("there is no value ", found.name));
    const std::string text =
        value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    out_.append(found.kind == '{' ? text : html_escape(text));
  }

  void add_section(const tag& section, std::string_view content) {
    const json::value* const value = find(section.name);
    if ((section.kind == '^') != is_empty(value)) return;
    if (section.kind == '^') return add(content);
    if (!value->is_array()) return add_with(*value, content);
    for (const json::value& element : value->get_array()) add_with(element, content);
  }

  void add_with(const json::value& value, std::string_view content) {
    context_.push_back(&value);
    add(content);
    context_.pop_back();
  }

  const json::value* find(std::string_view name) const {
    if (name == ".") return context_.back();
    for (auto values = context_.rbegin(); values != context_.rend(); ++values) {
      const json::object* const object = (*values)->if_object();
      const json::value* const value = object == nullptr ? nullptr : object->if_contains(name);
      if (value != nullptr) return value;
    }
    return nullptr;
  }

  const template_map& includes_;
  std::vector<const json::value*> context_;
  std::string out_;
};

}  // namespace

std::string render(std::string_view text, const json::value& data, const template_map& includes) {
  renderer rendered(data, includes);
  rendered.add(text);
  return rendered.take();
}

}  // namespace timed::bench
