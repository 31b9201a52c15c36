// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/cpus.h"

#include <sched.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace timed::bench {
namespace {

std::vector<int> cpus_left_by_pinning;  // ascending, without the CPU of this process

// Identifies the package and the core of a CPU; empty if the kernel does not say.
std::string core_of(int cpu) {
  std::string all;
  for (const char* file_name : {"physical_package_id", "core_id"}) {
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" +
                       file_name);
    std::string id;
    file >> id;
    all += id + ' ';
  }
  return all;
}

void allow(const std::vector<int>& cpus) {
  cpu_set_t these;
  CPU_ZERO(&these);
  for (const int each : cpus) CPU_SET(each, &these);
  if (::sched_setaffinity(0, sizeof(these), &these) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
  }
}

}  // namespace

std::vector<int> allowed_cpus() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  }
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

void pin_to(int cpu) {
  allow({cpu});
}

void pin_to_one_cpu() {
  cpus_left_by_pinning = allowed_cpus();
  pin_to(cpus_left_by_pinning.back());
  cpus_left_by_pinning.pop_back();
}

std::vector<int> undo_pinning() {
  std::vector<int> all = cpus_left_by_pinning;
  const std::vector<int> now = allowed_cpus();
  all.insert(all.end(), now.begin(), now.end());
  allow(all);
  return allowed_cpus();
}

std::optional<int> cpu_for_another_process() {
  if (cpus_left_by_pinning.empty()) return std::nullopt;
  const std::string ours = core_of(allowed_cpus().back());
  for (auto cpu = cpus_left_by_pinning.rbegin(); cpu != cpus_left_by_pinning.rend(); ++cpu) {
    if (core_of(*cpu) != ours) return *cpu;
  }
  return cpus_left_by_pinning.back();
}

}  // namespace timed::bench
