// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The documents name tests. Each of these has to exist, and each rule of docs/semantics.md has to
// have one in docs/semantics_tests.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace timed::tests {
namespace {

constexpr const char* guide = "docs/semantics.md";
constexpr const char* table = "docs/semantics_tests.md";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::set<std::string> all_tests() {
  std::set<std::string> names;
  const std::regex definition(R"(\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))");
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests")) {
    if (!entry.is_regular_file()) continue;
    const std::string source = content_of(entry.path());
    for (std::sregex_iterator found(source.begin(), source.end(), definition), end; found != end;
         ++found) {
      names.insert((*found)[1].str() + "." + (*found)[2].str());
    }
  }
  return names;
}

// Names of tests in a document, in the order in which they stand there.
std::vector<std::string> tests_named_in(const std::string& document) {
  const std::string text = content_of(document);
  const std::regex name(R"(`([a-z_0-9]+\.[a-z_0-9]{12,})`)");
  std::vector<std::string> names;
  for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found) {
    names.push_back((*found)[1]);
  }
  return names;
}

void expect_named_tests_exist(const std::string& document) {
  const auto existing = all_tests();
  EXPECT_GT(existing.size(), 100u);
  for (const auto& name : tests_named_in(document)) {
    EXPECT_TRUE(existing.contains(name)) << document << " names " << name;
  }
}

// Ids of the rules of the guide, with the number of times that each is defined.
std::map<std::string, int> rules_of_guide() {
  std::map<std::string, int> rules;
  const std::regex rule(R"(^- \*\*([A-Z]\d+)\*\* .*)");
  std::smatch found;
  for (const auto& line : lines_of(guide)) {
    if (std::regex_match(line, found, rule)) ++rules[found[1]];
  }
  return rules;
}

struct table_row {
  std::string rule;
  std::string test;
};

std::vector<table_row> rows_of_table() {
  std::vector<table_row> rows;
  const std::regex head(R"(\| rule \| test \||\|[-|]+\|)");
  const std::regex row(R"(\| ([A-Z]\d+) \| `(\w+\.\w+)` \|)");
  std::smatch found;
  for (const auto& line : lines_of(table)) {
    if (!line.starts_with('|') || std::regex_match(line, head)) continue;
    EXPECT_TRUE(std::regex_match(line, found, row)) << table << ": " << line;
    if (!found.empty()) rows.push_back({found[1], found[2]});
  }
  return rows;
}

TEST(semantics, defines_each_rule_once) {
  const auto rules = rules_of_guide();
  EXPECT_GT(rules.size(), 100u);
  for (const auto& [rule, count] : rules) EXPECT_EQ(count, 1) << rule;
}

TEST(semantics, has_a_test_for_each_rule) {
  std::set<std::string> tested;
  for (const auto& row : rows_of_table()) tested.insert(row.rule);
  for (const auto& [rule, count] : rules_of_guide()) {
    EXPECT_TRUE(tested.contains(rule)) << table << " has no row for " << rule;
  }
}

TEST(semantics, has_a_rule_for_each_row_of_the_table_of_tests) {
  const auto rules = rules_of_guide();
  for (const auto& row : rows_of_table()) {
    EXPECT_TRUE(rules.contains(row.rule)) << guide << " has no rule " << row.rule;
  }
}

TEST(semantics, names_each_test_of_a_rule_once) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& row : rows_of_table()) {
    EXPECT_TRUE(seen.insert({row.rule, row.test}).second) << row.rule << ": " << row.test;
  }
}

TEST(semantics, names_only_tests_that_exist) {
  const auto existing = all_tests();
  EXPECT_GT(rows_of_table().size(), 200u);
  for (const auto& row : rows_of_table()) {
    EXPECT_TRUE(existing.contains(row.test)) << table << " names " << row.test;
  }
}

TEST(semantics, names_tests_in_the_table_and_not_in_the_guide) {
  EXPECT_EQ(tests_named_in(guide), std::vector<std::string>());
}

TEST(design, names_only_tests_that_exist) {
  EXPECT_GT(tests_named_in("docs/design/deadlines.md").size(), 6u);
  expect_named_tests_exist("docs/design/deadlines.md");
  expect_named_tests_exist("docs/design/stream.md");
}

}  // namespace
}  // namespace timed::tests
