// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_POOL_ACCEPT_LOOP_H
#define TIMED_DETAIL_POOL_ACCEPT_LOOP_H

#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <utility>

#include "timed/backend.h"
#include "timed/context_pool.h"
#include "timed/detail/descriptor_calls.h"
#include "timed/detail/errors.h"
#include "timed/detail/pool_listener.h"

namespace timed::backend::detail {

/// `SO_REUSEPORT`, as one of Asio's socket options.
class reuse_port {
 public:
  template <class Protocol>
  int level(const Protocol&) const noexcept {
    return SOL_SOCKET;
  }
  template <class Protocol>
  int name(const Protocol&) const noexcept {
    return SO_REUSEPORT;
  }
  template <class Protocol>
  const int* data(const Protocol&) const noexcept {
    return &is_set_;
  }
  template <class Protocol>
  std::size_t size(const Protocol&) const noexcept {
    return sizeof(is_set_);
  }

 private:
  int is_set_ = 1;
};

/// One listening socket of a pool's acceptor: waits, accepts pending connections, and hands them
/// over.
///
/// It accepts with accept4(2), and only then chooses the context, so that the choice is as good as
/// the counts are at that moment. All but `close()` runs on the executor of its socket.
template <class Protocol>
class pool_accept_loop final : public pool_listener,
                               public std::enable_shared_from_this<pool_accept_loop<Protocol>> {
 public:
  using endpoint_type = typename Protocol::endpoint;
  using socket_type = basic_stream_socket<Protocol>;

  /// What the loops of an acceptor share.
  struct settings {
    std::function<void(socket_type, context_pool::connection)> on_connection;
    bool reuse_port;
    balancing balance;
    std::function<void(error_code)> on_error;
    std::chrono::milliseconds retry_after;
  };

  pool_accept_loop(context_pool& pool, std::size_t context, std::shared_ptr<const settings> wanted)
      : pool_listener(pool),
        pool_(pool),
        context_(context),
        settings_(std::move(wanted)),
        acceptor_(executor_of(pool, context)),
        pause_(acceptor_.get_executor()),
        protocol_(endpoint_type().protocol()) {}

  /// @return The endpoint that it listens on.
  /// @throws boost::system::system_error
  endpoint_type open(const endpoint_type& endpoint, int backlog) {
    protocol_ = endpoint.protocol();
    if (settings_->reuse_port && protocol_.family() != AF_INET && protocol_.family() != AF_INET6) {
      throw boost::system::system_error(net::error::operation_not_supported,
                                        "timed_stream: reuse_port of a pool's acceptor is for TCP");
    }
    acceptor_.open(protocol_);
    acceptor_.set_option(net::socket_base::reuse_address(true));
    if (settings_->reuse_port) acceptor_.set_option(reuse_port());
    acceptor_.bind(endpoint);
    acceptor_.listen(backlog);
    acceptor_.native_non_blocking(true);
    return acceptor_.local_endpoint();
  }

  static void start(const std::shared_ptr<pool_accept_loop>& self) {
    pool_listener::opened(self);
    net::post(self->acceptor_.get_executor(), [self] { self->wait(); });
  }

  void close() override {
    net::post(acceptor_.get_executor(), [self = this->shared_from_this()] {
      self->acceptor_.close();
      self->pause_.cancel();
      self->closed();
    });
  }

 private:
  // How many connections are accepted before other handlers of the context are called.
  static constexpr int batch = 16;

  void wait() {
    if (!acceptor_.is_open()) return;
    acceptor_.async_wait(net::socket_base::wait_read,
                         [self = this->shared_from_this()](error_code ec) {
                           if (!self->acceptor_.is_open()) return;
                           if (ec) return self->pause(ec);
                           self->accept();
                         });
  }

  void accept() {
    error_code ec;
    try {
      for (int i = 0; i < batch && !ec; ++i) ec = accept_one();
    } catch (const std::bad_alloc&) {
      ec = net::error::no_memory;
    } catch (const boost::system::system_error& refused) {
      ec = refused.code();
    }
    if (!ec || ec == net::error::would_block || ec == net::error::try_again) return wait();
    pause(ec);
  }

  // Whether accept4() reports an error of one connection only, so that the next accept may succeed.
  // See accept(2).
  static bool is_of_connection(int error) noexcept {
    switch (error) {
      case EINTR:
      case ECONNABORTED:
      case ENETDOWN:
      case EPROTO:
      case ENOPROTOOPT:
      case EHOSTDOWN:
      case ENONET:
      case EHOSTUNREACH:
      case ENETUNREACH:
        return true;
      default:
        return false;
    }
  }

  error_code accept_one() {
    const int native = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (native < 0) {
      const error_code ec = timed::detail::last_error();
      return is_of_connection(ec.value()) ? error_code() : ec;
    }
    timed::detail::unique_descriptor owned(native);
    context_pool::connection connection = settings_->reuse_port
                                              ? pool_.add_connection_to(context_)
                                              : pool_.add_connection(settings_->balance);
    socket_type socket(connection.get_executor());
    error_code ec;
    socket.assign(protocol_, native, ec);
    if (ec) return ec;
    (void)owned.release();
    // Never called from here, not even for this context: what it throws must not end the accepting.
    const net::any_io_executor executor = connection.get_executor();
    net::post(executor, [shared = settings_, moved = std::move(socket),
                         counted = std::move(connection)]() mutable {
      shared->on_connection(std::move(moved), std::move(counted));
    });
    return {};
  }

  void pause(error_code why) {
    pause_.expires_after(settings_->retry_after);
    pause_.async_wait([self = this->shared_from_this()](error_code) { self->wait(); });
    if (settings_->on_error) settings_->on_error(why);
  }

  context_pool& pool_;
  const std::size_t context_;
  const std::shared_ptr<const settings> settings_;
  basic_acceptor<Protocol> acceptor_;
  steady_timer pause_;
  Protocol protocol_;
};

}  // namespace timed::backend::detail

#endif  // TIMED_DETAIL_POOL_ACCEPT_LOOP_H
