// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/render/page_suites.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/reporting/model/suites.h"
#include "bench/reporting/render/page_rows.h"
#include "bench/reporting/render/plots.h"
#include "bench/reporting/render/svg.h"
#include "bench/reporting/render/table.h"

namespace timed::bench {
namespace {

namespace json = boost::json;

// Returns the run's command, with a filter for the suite unless it has one.
std::string suite_command(const report_data& data, const suite& about) {
  if (absl::StrContains(data.command, " --filter=")) return data.command;
  const bool has_all_entries = data.mode != "quick" || about.quick.empty();
  const std::string filter = has_all_entries ? absl::StrCat("^", about.name, "/") : about.quick;
  return absl::StrCat(data.command, " --filter='", filter, "'");
}

json::object row_of(const table_row& row, std::size_t columns) {
  const bool begins_group = std::any_of(row.parts.begin(), row.parts.end(),
                                        [](const std::string& part) { return !part.empty(); });
  json::object values{{"kind", class_of(row.kind)},
                      {"begins_group", begins_group},
                      {"parts", json::array(row.parts.begin(), row.parts.end())},
                      {"contender", row.contender}};
  if (row.cells.empty()) {
    values["failure"] = row.remark;
    values["span"] = std::max<std::size_t>(columns, 1);
    return values;
  }
  values["failure"] = nullptr;
  values["remark"] = row.remark;
  json::array cells;
  for (const table_cell& cell : row.cells) {
    cells.push_back(
        json::object{{"value", figure(cell.value)}, {"interval", figure(cell.interval)}});
  }
  values["cells"] = std::move(cells);
  return values;
}

json::object program_table(const measured_program& program) {
  const suite_table table = make_table(program);
  json::array columns;
  for (const column& column : table.columns) {
    columns.push_back(json::object{{"heading", column.heading}, {"unit", column.unit}});
  }
  json::array rows;
  for (const table_row& row : table.rows) rows.push_back(row_of(row, table.columns.size()));
  return {{"backend", program.backend},
          {"part_headings", json::array(table.part_headings.begin(), table.part_headings.end())},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

json::value plots(const report_data& data, std::string_view suite) {
  json::array drawn;
  for (const plot& plot : plots_of(data, suite)) drawn.push_back(json::value(draw_svg(plot)));
  if (drawn.empty()) return nullptr;
  return json::object{{"svg", std::move(drawn)}};
}

}  // namespace

json::array suite_sections(const report_data& data) {
  json::array sections;
  for (const std::string& name : data.suites()) {
    const suite& about = describe_suite(name);
    json::array programs;
    for (const measured_program& program : data.programs) {
      if (program.suite != name || program.rounds.empty()) continue;
      programs.push_back(program_table(program));
    }
    sections.push_back(json::object{{"name", name},
                                    {"title", about.title},
                                    {"question", prose(about.question)},
                                    {"plots", plots(data, name)},
                                    {"suite_command", suite_command(data, about)},
                                    {"programs", std::move(programs)}});
  }
  return sections;
}

}  // namespace timed::bench
