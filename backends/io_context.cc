// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "timed/backend.h"

namespace timed::backend {
namespace {

using namespace std::chrono_literals;

#if defined(TIMED_BACKEND_IO_URING)
constexpr const char* alternative = ", or build with --@timed_stream//backends:backend=epoll";

std::string explain_refused_io_uring(int error) {
  switch (error) {
    case EPERM: {
      int disabled = 0;
      std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled;
      if (disabled != 0) {
        return "io_uring is switched off on this machine (sysctl kernel.io_uring_disabled is " +
               std::to_string(disabled) + "). Have it set to 0";
      }
      return "io_uring is forbidden to this process, most probably by the seccomp profile of a "
             "container runtime. Run it with a profile that allows io_uring_setup, io_uring_enter "
             "and io_uring_register (for example --security-opt seccomp=unconfined)";
    }
    case ENOSYS:
      return "this kernel has no io_uring, or a seccomp profile hides it. Use Linux 5.10 or newer";
    case ENOMEM:
      return "the memory that this user may lock is used up: each io_context takes about 1.6 MiB "
             "of RLIMIT_MEMLOCK. Raise that limit (ulimit -l, or memlock in limits.conf), use "
             "fewer contexts at a time";
    default:
      return "the kernel refuses an io_uring for a reason not known to timed_stream. Use another "
             "kernel";
  }
}
#endif

std::string explain(int error) {
  if (error == EMFILE || error == ENFILE) {
    return "no file descriptor is left for it. Raise the limit (ulimit -n)";
  }
#if defined(TIMED_BACKEND_IO_URING)
  return explain_refused_io_uring(error) + alternative;
#else
  return "the kernel refuses an epoll instance or its timer for a reason not known to "
         "timed_stream.";
#endif
}

}  // namespace

void io_context::open() {
  const auto give_up = std::chrono::steady_clock::now() + 1s;
  for (;;) {
    try {
      const net::steady_timer opens_what_it_needs(*this);
      return;
    } catch (const boost::system::system_error& refused) {
      const int error = refused.code().value();
      // The kernel gives back the memory of a closed ring a little after the closing.
      if (error == ENOMEM && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::sleep_for(5ms);
        continue;
      }
      throw boost::system::system_error(refused.code(),
                                        "timed_stream: the backend " + std::string(name()) +
                                            " does not work here: " + explain(error));
    }
  }
}

std::string unavailable_reason() {
  try {
    io_context context;
    return {};
  } catch (const boost::system::system_error& refused) {
    return refused.what();
  }
}

}  // namespace timed::backend
