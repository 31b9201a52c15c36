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
#include "timed/uring/detail/ring/refusal.h"

namespace timed::backend {
namespace {

using namespace std::chrono_literals;

#if !defined(TIMED_BACKEND_IO_URING_NATIVE)

std::string explain(int error) {
#if defined(TIMED_BACKEND_IO_URING)
  return uring::detail::explain_refused_io_uring(error, "5.10");
#else
  if (error == EMFILE || error == ENFILE) {
    return "no file descriptor is left for it. Raise the limit (ulimit -n)";
  }
  return "the kernel refuses an epoll instance or its timer for a reason not known to "
         "timed_stream.";
#endif
}

#endif

}  // namespace

#if !defined(TIMED_BACKEND_IO_URING_NATIVE)

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

#endif

std::string unavailable_reason() {
  try {
    io_context context;
    return {};
  } catch (const boost::system::system_error& refused) {
    return refused.what();
  }
}

}  // namespace timed::backend
