// Refuses to let a program run with two Boost.Asios in it: this one, which is compiled for
// io_uring, and the registry's, which is compiled for epoll. Types of one are laid out otherwise
// than the other's (thread_info_base::chunk_size, for one), so code that mixes them overruns heap
// blocks. Linked statically the two collide at link time, as BUILD asks the linker for a symbol
// of the other; where @boost.asio is a shared library, nobody but this file would notice.

#include <cstdio>
#include <cstdlib>

// boost::asio::detail::epoll_reactor::init_task(), which only the epoll build defines. Not the
// symbol that BUILD asks for: a weak reference to that one would be made a strong one.
extern "C" __attribute__((weak)) void epoll_reactor_init_task() __asm__(
    "_ZN5boost4asio6detail13epoll_reactor9init_taskEv");

namespace {

__attribute__((constructor)) void refuse_two_asios() {
  if (&epoll_reactor_init_task == nullptr) return;
  std::fputs(
      "timed_stream: this program contains Boost.Asio twice, for epoll and for io_uring.\n"
      "Probable cause: with --@timed_stream//backends:backend=io_uring, one of its targets depends "
      "on @boost.asio itself.\n"
      "Remedy: depend on @timed_stream//third_party/asio (or @timed_stream) instead.\n",
      stderr);
  std::abort();
}

}  // namespace
