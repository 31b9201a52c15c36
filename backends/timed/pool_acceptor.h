// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Acceptors that spread connections over the contexts of a pool.

#ifndef TIMED_POOL_ACCEPTOR_H
#define TIMED_POOL_ACCEPTOR_H

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "timed/backend.h"
#include "timed/context_pool.h"
#include "timed/detail/pool_accept_loop.h"

namespace timed::backend {

/// How a `basic_pool_acceptor` accepts. The default: one listening socket, whose connections go to
/// the context with the fewest.
struct accept_options {
  /// Whether each context has its own listening socket (`SO_REUSEPORT`), between which the
  /// kernel distributes connections by a hash of their addresses: nothing is handed over between
  /// threads, but it is fair only on average, and connections wait behind a context that is busy.
  /// TCP only. Any process of the same user may listen on the same port then.
  bool reuse_port = false;

  /// How one listening socket chooses a context. Not used with `reuse_port`.
  balancing balance = balancing::least_connections;

  /// How many connections may wait to be accepted, for each listening socket.
  int backlog = net::socket_base::max_listen_connections;

  /// Called if a connection cannot be accepted: `net::error::no_descriptors` (EMFILE), for example.
  /// Connections wait in the backlog meanwhile. Called on the thread of the context that listens;
  /// concurrently if several do.
  std::function<void(error_code)> on_error = {};

  /// How long to wait before accepting again, after an error.
  std::chrono::milliseconds retry_after = std::chrono::milliseconds(100);
};

/// Accepts connections and gives each to one of a pool's contexts. `context_pool` has an example.
///
/// It listens from its construction on, and accepts while the pool runs. It closes when it is
/// destroyed, by `close()`, and when the pool drains; the closing happens on the pool's threads, or
/// when the pool is destroyed if that comes first. Connections that were not accepted by then are
/// reset by the kernel.
///
/// @par Errors
/// Connections that have failed before they could be accepted are skipped. For all other errors
/// see `accept_options::on_error`; they do not end the accepting.
///
/// @par Threads
/// Distinct objects: on any thread. Shared ones: `close()` and `local_endpoint()`.
///
/// @par Lifetime
/// The pool outlives it.
template <class Protocol>
class basic_pool_acceptor {
 public:
  using protocol_type = Protocol;                     ///< The protocol, such as TCP.
  using endpoint_type = typename Protocol::endpoint;  ///< An address of that protocol.
  using socket_type = basic_stream_socket<Protocol>;  ///< What `on_connection` gets.

  /// Listens on `endpoint`.
  ///
  /// @param on_connection Called with each connection: `void(socket_type, connection)`. It is
  ///     called on the thread of the connection's context, and so by several threads concurrently;
  ///     it must be copy constructible. The socket's executor is that of the connection. What it
  ///     throws, `context_pool::run()` throws.
  /// @throws boost::system::system_error with the system's error; with
  ///     `net::error::operation_not_supported` for `reuse_port` with another protocol than TCP.
  template <class Function>
    requires std::is_invocable_v<const std::decay_t<Function>&, socket_type,
                                 context_pool::connection>
  basic_pool_acceptor(context_pool& pool, const endpoint_type& endpoint, Function&& on_connection,
                      const accept_options& wanted = {}) {
    const auto shared = std::make_shared<const settings>(
        settings{std::forward<Function>(on_connection), wanted.reuse_port, wanted.balance,
                 wanted.on_error, wanted.retry_after});
    local_endpoint_ = endpoint;
    for (std::size_t context = 0; context < (wanted.reuse_port ? pool.size() : 1); ++context) {
      loops_.push_back(std::make_shared<loop>(pool, context, shared));
      local_endpoint_ = loops_.back()->open(local_endpoint_, wanted.backlog);
    }
    for (const auto& each : loops_) loop::start(each);
  }
  /// Moves the acceptor, which continues.
  basic_pool_acceptor(basic_pool_acceptor&&) noexcept = default;
  basic_pool_acceptor& operator=(basic_pool_acceptor&&) = delete;
  ~basic_pool_acceptor() { close(); }

  /// The endpoint that it was bound to, with the port that the system has chosen.
  const endpoint_type& local_endpoint() const noexcept { return local_endpoint_; }

  /// Stops accepting.
  void close() {
    for (const auto& each : loops_) each->close();
  }

 private:
  using loop = detail::pool_accept_loop<Protocol>;
  using settings = typename loop::settings;

  std::vector<std::shared_ptr<loop>> loops_;
  endpoint_type local_endpoint_;
};

/// Accepts TCP connections for a pool.
using pool_acceptor = basic_pool_acceptor<net::ip::tcp>;

}  // namespace timed::backend

#endif  // TIMED_POOL_ACCEPTOR_H
