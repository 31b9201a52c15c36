// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/support/environment.h"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/versions.h"

namespace timed::bench {
namespace {

cpu_set_t allowed_cpus() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  }
  return allowed;
}

std::string pinned_cpus() {
  const cpu_set_t allowed = allowed_cpus();
  std::string cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
  }
  return cpus;
}

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// The value of the first line of /proc/cpuinfo that has this key.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

std::string cpu_model() {
  const std::string model = cpuinfo("model name");  // which not every architecture has
  const bool virtual_machine =
      (" " + cpuinfo("flags") + " ").find(" hypervisor ") != std::string::npos;
  return (model.empty() ? "unknown" : model) + (virtual_machine ? " (in a virtual machine)" : "");
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

// They add to the cost of each system call, so figures can be compared only where they are alike.
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

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace

void pin_to_one_cpu() {
  const cpu_set_t allowed = allowed_cpus();
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) last = cpu;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  if (::sched_setaffinity(0, sizeof(one), &one) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
  }
}

std::vector<std::pair<std::string, std::string>> describe_environment() {
  return {
      {"cpu_model", cpu_model()},
      {"cpu_pinned", pinned_cpus()},
      {"kernel", kernel()},
      {"mitigations", mitigations()},
      {"compiler", compiler()},
      {"boost_version", backend::boost_version()},
      {"liburing_version", backend::liburing_version()},
  };
}

}  // namespace timed::bench
