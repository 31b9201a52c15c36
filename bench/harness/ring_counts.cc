// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/ring_counts.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace timed::bench {

ring_counts count_in_rings() {
  ring_counts counts;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // such as the iterator's own descriptor
    if (std::filesystem::read_symlink(entry.path(), gone) != "anon_inode:[io_uring]") continue;
    counts.has_rings = true;
    std::ifstream info("/proc/self/fdinfo/" + entry.path().filename().string());
    std::uint32_t value = 0;
    for (std::string word; info >> word;) {
      if (word == "SqTail:" && info >> value) counts.submissions += value;
      if (word == "CqTail:" && info >> value) counts.completions += value;
    }
  }
  return counts;
}

}  // namespace timed::bench
