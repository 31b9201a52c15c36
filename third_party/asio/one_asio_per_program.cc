// Refuses to let a program run with two Boost.Asios in it: this one, which is compiled for
// io_uring, and the registry's, which is compiled for epoll. Types of one are laid out otherwise
// than the other's (thread_info_base::chunk_size, for one), so code that mixes them overruns heap
// blocks. Linked statically the two collide at link time, as BUILD asks the linker for a symbol
// of the other; where @boost.asio is a shared library, only this file detects it.

#include <cstdio>
#include <cstdlib>

// The virtual table of boost::asio::detail::epoll_reactor, which only code compiled for epoll has:
// @boost.asio, and code that includes Asio's headers with no Asio target, which is header-only. Not
// the symbol that BUILD asks for: a weak reference to that one would be made a strong one.
extern "C" __attribute__((weak))
const void* const epoll_reactor_vtable[] __asm__("_ZTVN5boost4asio6detail13epoll_reactorE");

namespace {

__attribute__((constructor)) void refuse_two_asios() {
  if (epoll_reactor_vtable == nullptr) return;
  std::fputs(
      "timed_stream: this program contains Boost.Asio twice, for epoll and for io_uring.\n"
      "Probable cause: with --@timed_stream//backends:backend=io_uring, one of its targets depends "
      "on @boost.asio itself, or includes Asio's headers without depending on it.\n"
      "Remedy: let it depend on @timed_stream//third_party/asio (or @timed_stream) instead; where "
      "it is a library that you cannot change, use the epoll backend.\n",
      stderr);
  std::abort();
}

}  // namespace
