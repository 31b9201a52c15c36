// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Prints how it was compiled, a line for each property. With the argument "unwritten" it then
// decides on memory that was never written, with "outside" it reads outside of its memory, with
// "leaked" it loses some: faults that valgrind or the memory sanitizer have to report.

#include <cstdio>
#include <memory>
#include <string_view>

#include "tests/modes/elsewhere.h"

namespace {

#if defined(__clang__)
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

#if defined(_GLIBCXX_DEBUG)
constexpr bool has_debug_containers = true;
#else
constexpr bool has_debug_containers = false;
#endif

#if defined(__GXX_RTTI)
constexpr bool has_rtti = true;
#else
constexpr bool has_rtti = false;
#endif

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define TIMED_MEMORY_SANITIZER
#endif
#endif
#if defined(TIMED_MEMORY_SANITIZER)
constexpr bool has_memory_sanitizer = true;
#else
constexpr bool has_memory_sanitizer = false;
#endif

// Constant only if the function of the other file is inlined here.
bool is_optimised_at_link_time() {
  const int value = timed::tests::defined_elsewhere();
  return __builtin_constant_p(value) != 0;
}

// Reads an element of an array that was never written. The compiler does not know, which would
// warn.
void decide_on(int index) {
  constexpr int size = 4;
  const auto memory = std::make_unique_for_overwrite<int[]>(size);
  const volatile int* volatile element = memory.get() + index;
  std::puts(*element == 1 ? "one" : "another number");
}

// Overwrites the only pointer to an object.
void lose() {
  static int* volatile object = new int(7);
  std::printf("%d\n", *object);
  object = nullptr;
}

}  // namespace

int main(int count, char** arguments) {
  std::printf("compiler: %s, libstdc++ %d\n", compiler, _GLIBCXX_RELEASE);
  std::printf("__cplusplus: %ld\n", __cplusplus);
  std::printf("_GLIBCXX_DEBUG: %d\n", has_debug_containers);
  std::printf("RTTI: %d\n", has_rtti);
  std::printf("link-time optimisation: %d\n", is_optimised_at_link_time());
  std::printf("memory sanitizer: %d\n", has_memory_sanitizer);
  std::fflush(stdout);
  const std::string_view fault = count > 1 ? arguments[1] : "";
  if (fault == "unwritten") decide_on(0);
  if (fault == "outside") decide_on(4);
  if (fault == "leaked") lose();
}
