// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The documents name tests: each of them has to exist, and each row of docs/semantics.md has to
// name one.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace timed::tests {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::set<std::string> all_tests() {
  std::set<std::string> names;
  const std::regex definition(R"(\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))");
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests")) {
    if (!entry.is_regular_file()) continue;
    const std::string source = content_of(entry.path());
    for (std::sregex_iterator each(source.begin(), source.end(), definition), end; each != end;
         ++each) {
      names.insert((*each)[1].str() + "." + (*each)[2].str());
    }
  }
  return names;
}

// @return How many tests the document names.
std::size_t expect_named_tests_exist(const std::string& document) {
  const auto existing = all_tests();
  EXPECT_GT(existing.size(), 100u);
  const std::string text = content_of(document);
  const std::regex name(R"(`([a-z_0-9]+\.[a-z_0-9]{12,})`)");
  std::size_t named = 0;
  for (std::sregex_iterator each(text.begin(), text.end(), name), end; each != end; ++each) {
    ++named;
    EXPECT_TRUE(existing.contains((*each)[1].str())) << document << ": " << (*each)[1];
  }
  return named;
}

TEST(semantics, names_only_tests_that_exist) {
  EXPECT_GT(expect_named_tests_exist("docs/semantics.md"), 80u);
}

TEST(design, names_only_tests_that_exist) {
  EXPECT_GT(expect_named_tests_exist("docs/design/deadlines.md"), 6u);
}

TEST(semantics, names_a_test_in_each_row_of_its_tables_but_for_the_migration) {
  std::string text = content_of("docs/semantics.md");
  const auto migration = text.find("## Coming from");
  ASSERT_NE(migration, std::string::npos);
  text.resize(migration);
  const std::regex row(R"(^\|.*\|$)");
  const std::regex head(R"(^\|.*\| test \|$|^\|[-|]+\|$)");
  const std::regex with_test(R"(^\|.*\|[^|]*`\w+\.\w+`[^|]*\|$)");
  std::istringstream lines(text);
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, row) || std::regex_match(line, head)) continue;
    ++rows;
    EXPECT_TRUE(std::regex_match(line, with_test)) << line;
  }
  EXPECT_GT(rows, 50u);
}

}  // namespace
}  // namespace timed::tests
