// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/environment.h"

#include <sys/utsname.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/versions.h"
#include "bench/harness/cpus.h"
#include "timed/detail/cheap_clock.h"

namespace timed::bench {
namespace {

std::string pinned_cpus() {
  std::string cpus;
  for (const int cpu : allowed_cpus()) cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
  return cpus;
}

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// Returns the value of the first line of /proc/cpuinfo with this key.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

bool cpu_has(const std::string& flag) {
  return (" " + cpuinfo("flags") + " ").find(" " + flag + " ") != std::string::npos;
}

std::string cpu_model() {
  const std::string model = cpuinfo("model name");  // absent on some architectures
  return (model.empty() ? "unknown" : model) +
         (cpu_has("hypervisor") ? " (in a virtual machine)" : "");
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

// They add to the cost of each system call, so figures are comparable only if they are the same.
std::string mitigations() {
  std::vector<std::string> parts;
  std::error_code unreadable;
  const std::filesystem::directory_iterator folder("/sys/devices/system/cpu/vulnerabilities",
                                                   unreadable);
  if (unreadable) return "unknown (/sys/devices/system/cpu/vulnerabilities is not readable)";
  for (const auto& file : folder) {
    const std::string state = first_line(file.path());
    if (state != "Not affected") parts.push_back(file.path().filename().string() + ": " + state);
  }
  std::sort(parts.begin(), parts.end());
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : " | ") + part;
  return all.empty() ? "none needed" : all;
}

// The kernel's clock source, and what our deadlines therefore read (see deadlines.md).
std::string clock_source() {
  const std::string of_kernel =
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  return (of_kernel.empty() ? "unknown" : of_kernel) + " (deadlines read " +
         std::string(name_of(detail::cheap_clock::source())) + ")";
}

// With page-table isolation a system call switches page tables, which empties the TLB on processors
// without process-context identifiers (PCID).
std::string page_table_isolation() {
  const std::string meltdown = first_line("/sys/devices/system/cpu/vulnerabilities/meltdown");
  if (meltdown.empty()) return "unknown";
  return (meltdown.find("PTI") != std::string::npos ? "on" : "off") +
         std::string(cpu_has("pcid") ? ", PCID" : ", no PCID");
}

// The resolution of the coarse clock.
std::string timer_ticks_per_second() {
  timespec tick{};
  if (::clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_nsec == 0) return "unknown";
  return std::to_string(1'000'000'000 / tick.tv_nsec);
}

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_environment() {
  return {
      {"cpu_model", cpu_model()},
      {"cpu_pinned", pinned_cpus()},
      {"kernel", kernel()},
      {"mitigations", mitigations()},
      {"page_table_isolation", page_table_isolation()},
      {"clock_source", clock_source()},
      {"kernel_hz", timer_ticks_per_second()},
      {"compiler", compiler()},
      {"boost_version", backend::boost_version()},
      {"liburing_version", backend::liburing_version()},
  };
}

}  // namespace timed::bench
