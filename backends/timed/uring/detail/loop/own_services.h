// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H
#define TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H

#include <boost/asio/execution_context.hpp>
#include <map>
#include <mutex>
#include <typeindex>
#include <typeinfo>

namespace timed::uring::detail {

namespace net = boost::asio;

/// Services of a context whose constructor takes a `timed::uring::io_context&`. Asio's registry
/// owns them, but finds a service only if it can construct it from an `execution_context&`.
class own_services final : public net::execution_context::service {
 public:
  using key_type = own_services;

  explicit own_services(net::execution_context& context)
      : net::execution_context::service(context) {}

  /// Returns null if there is no such service.
  template <class Service>
  Service* find() const {
    const std::lock_guard lock(mutex_);
    const auto found = services_.find(typeid(Service));
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
    services_.emplace(typeid(Service), added);
  }

 private:
  void shutdown() override {}

  mutable std::mutex mutex_;
  std::map<std::type_index, void*> services_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_OWN_SERVICES_H
