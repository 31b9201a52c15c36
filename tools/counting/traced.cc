// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tools/counting/traced.h"

#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unordered_map>

namespace timed::counting {
namespace {

// What `mark()` sends; it reaches the parent, and never the child.
constexpr int mark_signal = SIGUSR1;
constexpr long mark_call = SYS_tgkill;
constexpr int system_call_stop = SIGTRAP | 0x80;  // by PTRACE_O_TRACESYSGOOD

void check(long result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

struct address_range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  bool contains(std::uintptr_t address) const { return begin <= address && address < end; }
};

// The registers that are of interest.
struct user_registers {
  std::uintptr_t instruction = 0;  // address of the next one
  std::uint64_t first_argument = 0;
};

// Keeps this process, and those that it forks, on one CPU. A process and the one that steps it run
// alternately; on two CPUs each step wakes up the other one, which takes three times as long.
class one_cpu {
 public:
  one_cpu() : is_known_(::sched_getaffinity(0, sizeof(before_), &before_) == 0) {
    const int current = ::sched_getcpu();
    if (!is_known_ || current < 0) return;
    ::cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<std::size_t>(current), &only);
    ::sched_setaffinity(0, sizeof(only), &only);
  }
  one_cpu(const one_cpu&) = delete;
  ~one_cpu() {
    if (is_known_) ::sched_setaffinity(0, sizeof(before_), &before_);
  }

 private:
  ::cpu_set_t before_{};
  bool is_known_;
};

class traced_child {
 public:
  explicit traced_child(const std::function<void()>& program) : pid_(::fork()) {
    check(pid_, "fork");
    if (pid_ == 0) run(program);
    if (await() != SIGSTOP) {
      throw tracing_is_forbidden(
          "counting: a child process may not be traced here (ptrace): see ptrace(2) on "
          "/proc/sys/kernel/yama/ptrace_scope, or the sandbox's seccomp filter");
    }
    check(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
          "ptrace(PTRACE_SETOPTIONS)");
    must_not_end_ = true;
  }
  traced_child(const traced_child&) = delete;
  ~traced_child() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Lets it run until the next stop of the kind, or until another signal arrives.
  // @return The signal.
  int go_on(enum __ptrace_request how) {
    check(::ptrace(how, pid_, nullptr, 0), "ptrace");
    return await();
  }

  void go_on_to_mark() {
    while (go_on(PTRACE_CONT) != mark_signal) {
    }
  }

  // Lets it end by itself, so that it leaves nothing behind, and tells whether it has failed.
  void go_on_to_end() {
    must_not_end_ = false;
    while (pid_ != 0) go_on(PTRACE_CONT);
    if (has_failed_) {
      throw child_has_ended("counting: the traced child has failed after its second mark()");
    }
  }

  user_registers registers() {
    ::user_regs_struct all{};
    ::iovec memory{&all, sizeof(all)};
    check(::ptrace(PTRACE_GETREGSET, pid_, NT_PRSTATUS, &memory), "ptrace(PTRACE_GETREGSET)");
#if defined(__x86_64__)
    return {all.rip, all.rdi};
#elif defined(__aarch64__)
    return {all.pc, all.regs[0]};
#else
#error "Which registers are the program counter and the first argument here?"
#endif
  }

  // Returns the machine code at `address`.
  long code_at(std::uintptr_t address) {
    errno = 0;
    const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, address, nullptr);
    if (errno != 0) check(-1, "ptrace(PTRACE_PEEKTEXT)");
    return code;
  }

  // Returns where the kernel's code in the child is.
  address_range vdso() const {
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      address_range range;
      if (line.ends_with("[vdso]") &&
          std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &range.begin, &range.end) == 2) {
        return range;
      }
    }
    return {};  // a kernel without one
  }

  // What it stopped at: before a system call, or behind one.
  ::__ptrace_syscall_info call() {
    ::__ptrace_syscall_info info{};
    check(::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof(info), &info), "ptrace");
    return info;
  }

 private:
  [[noreturn]] static void run(const std::function<void()>& program) {
    int status = 0;
    try {
      if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
      ::raise(SIGSTOP);
      program();
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "in the traced child: %s\n", thrown.what());
      status = 1;
    }
    ::_exit(status);
  }

  // @return The signal that stopped it; 0 if it has ended.
  int await() {
    int status = 0;
    check(::waitpid(pid_, &status, 0), "waitpid");
    if (WIFSTOPPED(status)) {
      const int signal = WSTOPSIG(status);
      for (const int fatal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
        if (signal != fatal) continue;
        throw child_has_ended(std::string("counting: the traced child has a fatal signal: ") +
                              ::strsignal(signal));
      }
      return signal;
    }
    pid_ = 0;
    has_failed_ = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (must_not_end_) {
      throw child_has_ended("counting: the traced child has ended before its second mark()");
    }
    return 0;
  }

  ::pid_t pid_;
  bool must_not_end_ = false;
  bool has_failed_ = false;
};

// Tells which instructions read the time stamp counter.
class counter_instructions {
 public:
  bool contains(traced_child& child, std::uintptr_t address) {
    const auto [found, is_new] = reads_.try_emplace(address, false);
    if (is_new) found->second = reads_counter(child.code_at(address));
    return found->second;
  }

 private:
  static bool reads_counter(long code) {
#if defined(__x86_64__)
    const long low = code & 0xffffff;
    return (low & 0xffff) == 0x310f || low == 0xf9010f;  // rdtsc, rdtscp
#else
    (void)code;
    return false;
#endif
  }

  std::unordered_map<std::uintptr_t, bool> reads_;
};

}  // namespace

void mark() {
  ::syscall(mark_call, ::getpid(), ::gettid(), mark_signal);
}

traced_counts traced(const std::function<void()>& program) {
  traced_counts counts = traced_system_calls(program);
  const one_cpu here;
  traced_child child(program);
  child.go_on_to_mark();
  const address_range vdso = child.vdso();
  counter_instructions counter_reads;
  bool was_inside = false;
  for (;;) {
    const user_registers now = child.registers();
    const bool is_inside = vdso.contains(now.instruction);
    if (is_inside && !was_inside) ++counts.clock_reads[static_cast<int>(now.first_argument)];
    was_inside = is_inside;
    if (!is_inside) {
      ++counts.instructions;
      if (counter_reads.contains(child, now.instruction)) ++counts.counter_reads;
    }
    if (child.go_on(PTRACE_SINGLESTEP) == mark_signal) break;
  }
  child.go_on_to_end();
  return counts;
}

traced_counts traced_system_calls(const std::function<void()>& program) {
  traced_counts counts;
  traced_child child(program);
  child.go_on_to_mark();
  bool is_submit = false;
  for (int stop; (stop = child.go_on(PTRACE_SYSCALL)) != mark_signal;) {
    if (stop != system_call_stop) continue;
    const ::__ptrace_syscall_info call = child.call();
    if (call.op == PTRACE_SYSCALL_INFO_EXIT) {
      if (is_submit && call.exit.rval > 0) {
        ++counts.submits;
        counts.submissions += static_cast<std::uint64_t>(call.exit.rval);
      }
      is_submit = false;
    } else if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
      const auto number = static_cast<long>(call.entry.nr);
      if (number != mark_call) ++counts.system_calls[number];
      is_submit = number == SYS_io_uring_enter && call.entry.args[1] > 0;
    }
  }
  child.go_on_to_end();
  // What mark() itself calls before its signal.
  for (const long call : {SYS_getpid, SYS_gettid}) counts.system_calls.erase(call);
  return counts;
}

}  // namespace timed::counting
