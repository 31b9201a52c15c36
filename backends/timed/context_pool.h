// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Several execution contexts and their threads: a server on all cores.

#ifndef TIMED_CONTEXT_POOL_H
#define TIMED_CONTEXT_POOL_H

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "timed/backend.h"
#include "timed/uring/options.h"

namespace timed::backend {

namespace detail {
class pool_listener;
class pool_state;
class pooled_context;
}  // namespace detail

/// How one of a pool's contexts is chosen.
enum class balancing {
  /// One after the other.
  round_robin,
  /// One with the fewest connections; one after the other among equals.
  least_connections,
};

/// What a `context_pool` is made of. The default: one context, with one thread, for each CPU.
struct pool_options {
  /// Number of contexts. Zero: the number of CPUs that this process may use, divided by
  /// `threads_per_context` and rounded down, but at least one.
  std::size_t contexts = 0;

  /// Number of threads that run each context: one with `io_uring_native`, any number with Asio's
  /// backends. `{.contexts = 1, .threads_per_context = 8}` is one context that shares its handlers
  /// out to eight threads.
  std::size_t threads_per_context = 1;

  /// CPUs to pin the threads to: the first thread to the first one, and so on, beginning again
  /// where there are more threads than CPUs. The threads of a context follow each other. Empty: the
  /// system places the threads. `allowed_cpus()` gives each thread a CPU.
  std::vector<int> cpus = {};

  /// How to set up each ring of `io_uring_native`. Not used with the other backends.
  uring::options ring = {};
};

/// Returns the CPUs that this process may use (`sched_getaffinity`), in ascending order. Limits of
/// CPU time, such as a container's quota, are not considered.
/// @throws boost::system::system_error
std::vector<int> allowed_cpus();

/// Execution contexts and the threads that run them.
///
/// A connection belongs to one context, and all of its handlers run there, so that contexts share
/// nothing. `basic_pool_acceptor` gives the connections of a listening socket to the contexts.
///
/// @code
/// timed::backend::context_pool pool;
/// timed::backend::pool_acceptor acceptor(
///     pool, {net::ip::tcp::v4(), 7777}, [](auto socket, auto connection) {
///       const auto executor = connection.get_executor();
///       timed::tcp_stream stream(std::move(socket));
///       net::co_spawn(executor, serve(std::move(stream), std::move(connection)), net::detached);
///     });
/// net::signal_set signals(pool.get_executor(), SIGINT, SIGTERM);
/// signals.async_wait([&](auto, auto) { pool.drain(std::chrono::seconds(30)); });
/// const std::size_t cut_off = pool.run();
/// @endcode
///
/// Comparable to netty's EventLoopGroup, folly's IOThreadPoolExecutor, Seastar's shards, Asio's
/// example "HTTP server 2".
///
/// @par Threads
/// All functions may be called on any thread at any time, except the constructors, the destructor
/// and `restart()`, which must not run concurrently with others, nor during `run()`. The contexts
/// are run by the pool's own threads; do not call their `run()`, `stop()` and `restart()`.
///
/// @par Lifetime
/// The pool must outlive every use of its executors, and everything that is constructed with them.
/// The destructor destroys the handlers of all contexts before it destroys a context, so that a
/// handler may own sockets, timers and connections of several contexts.
class context_pool {
 public:
  /// The type of the contexts' executors.
  using executor_type = io_context::executor_type;

  class connection;

  /// Makes the contexts. Their threads start with `run()`.
  /// @throws boost::system::system_error If the backend is not available, or the process exceeds a
  ///     limit (locked memory, descriptors): as the constructor of `io_context`. With
  ///     `net::error::invalid_argument` if this process may not use one of the CPUs; `what()` names
  ///     it.
  /// @throws std::invalid_argument If no thread would run a context, or several with
  ///     `io_uring_native`.
  explicit context_pool(pool_options wanted = {});
  /// One thread for each context.
  explicit context_pool(std::size_t contexts) : context_pool(pool_options{.contexts = contexts}) {}
  context_pool(const context_pool&) = delete;
  context_pool& operator=(const context_pool&) = delete;
  /// Closes what is still open, without calling handlers.
  ~context_pool();

  /// Number of contexts: at least one.
  std::size_t size() const noexcept { return contexts_.size(); }

  /// Returns the context of that number.
  /// @throws std::out_of_range
  io_context& context(std::size_t index) const;

  /// Chooses a context for something that is no counted connection: a timer, or a client's stream.
  executor_type get_executor(balancing how = balancing::round_robin) const noexcept;

  /// Chooses a context for a connection, and counts it there.
  connection add_connection(balancing how = balancing::least_connections);
  /// Counts a connection in the context of that number.
  /// @throws std::out_of_range
  connection add_connection_to(std::size_t index);

  /// Number of connections of all contexts that have not ended.
  std::size_t connections() const noexcept;
  /// As above, of one context.
  /// @throws std::out_of_range
  std::size_t connections(std::size_t index) const;

  /// Starts the threads, and blocks until they have ended: after `stop()`, when a drain has ended,
  /// or when a handler throws. Contexts without work keep waiting for some.
  ///
  /// @return How many connections had not ended: those that are cut off, if it was a drain. They
  ///     stay open until the pool is destroyed, or `run()` is called again.
  /// @throws boost::system::system_error with `net::error::already_started` if it is running, and
  ///     with the system's error if a thread cannot be created or pinned. Also what a handler
  ///     throws, after all threads have ended; `net::multiple_exceptions` with the first one if
  ///     several have thrown by then. After an exception `run()` may be called again, and continues
  ///     with the other handlers.
  std::size_t run();

  /// Has `run()` return as soon as the handlers that are running have returned. Handlers that are
  /// ready are not called. If `run()` is called later, it returns at once.
  void stop() noexcept;

  /// Ends in order: closes the acceptors of the pool, waits until all counted connections have
  /// ended, and then stops. After `timeout` it stops in any case. Does not block: `run()` returns
  /// when the drain has ended, and says how many connections are left. Of several drains the
  /// earliest end counts.
  ///
  /// An idle connection ends by its own timeout. The others should check
  /// `connection::is_draining()`, and not begin another request if it returns true. Acceptors that
  /// are not the pool's have to be closed by their owners.
  template <class Rep, class Period>
  void drain(const std::chrono::duration<Rep, Period>& timeout) {
    constexpr std::chrono::hours longest(24 * 365 * 100);
    const auto now = steady_clock::now();
    if (timeout <= timeout.zero()) return drain_until(now);
    if (timeout >= longest) return drain_until(now + longest);
    drain_until(now + std::chrono::ceil<steady_clock::duration>(timeout));
  }

  /// Returns whether `drain()` was called.
  bool is_draining() const noexcept;
  /// Returns whether `stop()` was called, or a drain has ended.
  bool stopped() const noexcept;
  /// Has it run again after `stop()` or a drain. Acceptors that were closed stay closed.
  void restart();

 private:
  friend class detail::pool_listener;
  using steady_clock = std::chrono::steady_clock;

  void drain_until(steady_clock::time_point deadline);
  net::any_io_executor executor_for_connection(std::size_t index) const;
  void run_threads();
  void run_context(std::size_t thread) noexcept;
  void stop_contexts() noexcept;

  const pool_options options_;
  std::shared_ptr<detail::pool_state> state_;
  std::vector<std::unique_ptr<detail::pooled_context>> contexts_;
};

/// A connection that a pool counts, from `add_connection()` until it is destroyed. To be kept by
/// what serves the connection: as a parameter of the coroutine, or a member of the session.
///
/// @par Threads
/// Distinct objects: on any thread. It may outlive the pool; its executor may not be used then.
class context_pool::connection {
 public:
  /// Moves the connection, which is counted once.
  connection(connection&&) noexcept = default;
  /// As above; the connection that it counts so far has ended.
  connection& operator=(connection&& other) noexcept {
    if (this != &other) {
      end();
      state_ = std::move(other.state_);
      executor_ = std::move(other.executor_);
      index_ = other.index_;
    }
    return *this;
  }
  ~connection() { end(); }

  /// The executor of the connection's socket. With several threads per context that is a strand, so
  /// that the connection's handlers are not called concurrently.
  const net::any_io_executor& get_executor() const noexcept { return executor_; }

  /// The context's number in the pool.
  std::size_t context_index() const noexcept { return index_; }

  /// Returns whether the pool is waiting for this connection to end.
  bool is_draining() const noexcept;

  /// Ends the counting before the destructor does.
  void end() noexcept;

 private:
  friend class context_pool;

  connection(std::shared_ptr<detail::pool_state> state, std::size_t index,
             net::any_io_executor executor) noexcept;

  std::shared_ptr<detail::pool_state> state_;
  net::any_io_executor executor_;
  std::size_t index_;
};

}  // namespace timed::backend

#endif  // TIMED_CONTEXT_POOL_H
