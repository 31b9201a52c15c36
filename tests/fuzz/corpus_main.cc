// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Plays the inputs in a folder, and variations of each: cut off, and with a byte changed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

using input = std::vector<std::uint8_t>;

constexpr int variations = 20;

input content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return input(std::istreambuf_iterator<char>(file), {});
}

input varied(input bytes, std::mt19937& random) {
  if (bytes.empty()) return bytes;
  bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
  if (random() % 2 == 0) bytes.resize(1 + random() % bytes.size());
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "Usage: %s FOLDER\n", arguments[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator(arguments[1]))
    files.push_back(each.path());
  std::sort(files.begin(), files.end());
  std::mt19937 random(1);
  std::size_t played = 0;
  for (const auto& each : files) {
    const input bytes = content_of(each);
    std::printf("%s: %zu bytes\n", each.filename().c_str(), bytes.size());
    std::fflush(stdout);
    timed::tests::run_target(bytes);
    for (int i = 0; i < variations; ++i) timed::tests::run_target(varied(bytes, random));
    played += 1 + variations;
  }
  std::printf("%zu inputs\n", played);
  return files.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
