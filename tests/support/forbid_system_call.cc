// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/support/forbid_system_call.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace timed::tests {

bool forbid_system_call(int number, int error) {
  const auto refuse = static_cast<std::uint32_t>(SECCOMP_RET_ERRNO) |
                      (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
  const auto forbidden = static_cast<std::uint32_t>(number);
  std::array<sock_filter, 4> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, refuse),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

void run_without_system_call(char** arguments) {
  const char* const name = std::getenv("TIMED_WITHOUT");
  if (name == nullptr) return;
  if (name != std::string_view("membarrier")) {
    std::fprintf(stderr, "TIMED_WITHOUT: only membarrier can be forbidden, not %s\n", name);
  } else if (!forbid_system_call(SYS_membarrier, EPERM)) {
    std::perror("TIMED_WITHOUT: the kernel takes no seccomp filter");
  } else {
    ::unsetenv("TIMED_WITHOUT");
    ::execv("/proc/self/exe", arguments);
    std::perror("TIMED_WITHOUT: the program cannot be started again");
  }
  std::exit(2);
}

}  // namespace timed::tests
