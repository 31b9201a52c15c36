// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H
#define TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H

#include <boost/asio/execution_context.hpp>
#include <map>
#include <mutex>
#if !defined(BOOST_ASIO_NO_TYPEID)
#include <typeindex>
#include <typeinfo>
#endif

namespace timed::uring::detail {

namespace net = boost::asio;

/// The services whose constructors take a `timed::uring::io_context&`. Asio's registry owns
/// them, but finds a service only if it can construct it from an `execution_context&`.
class own_services final : public net::execution_context::service {
 public:
#if !defined(BOOST_ASIO_NO_TYPEID)
  using key_type = own_services;
#else
  // Visible, so that libraries that are compiled with hidden visibility share it.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;
#endif

  explicit own_services(net::execution_context& context)
      : net::execution_context::service(context) {}

  /// Returns null if there is no such service.
  template <class Service>
  Service* find() const {
    const std::lock_guard lock(mutex_);
    const auto found = services_.find(key_of<Service>());
    return found == services_.end() ? nullptr : static_cast<Service*>(found->second);
  }
  /// Adds a service to the registry.
  /// @throws net::service_already_exists, net::invalid_service_owner
  template <class Service>
  void add(Service* added) {
    const std::lock_guard lock(mutex_);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    net::add_service(context(), added);
#pragma GCC diagnostic pop
    services_.emplace(key_of<Service>(), added);
  }

 private:
#if !defined(BOOST_ASIO_NO_TYPEID)
  using key = std::type_index;
  template <class Service>
  static key key_of() noexcept {
    return typeid(Service);
  }
#else
  // Without RTTI: an object that exists once for each service, as for Asio's own registry.
  using key = const void*;
  template <class Service>
  [[gnu::visibility("default")]] static key key_of() noexcept {
    static char address_of_service = 0;
    return &address_of_service;
  }
#endif

  void shutdown() override {}

  mutable std::mutex mutex_;
  std::map<key, void*> services_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H
