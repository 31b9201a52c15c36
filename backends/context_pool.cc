// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/context_pool.h"

#include <sched.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "timed/detail/pool_listener.h"
#include "timed/detail/pool_state.h"

namespace timed::backend {

namespace detail {

/// A context whose handlers can be destroyed before it is.
class pooled_context : public io_context {
 public:
#if defined(TIMED_BACKEND_IO_URING_NATIVE)
  explicit pooled_context(const pool_options& wanted) : io_context(wanted.ring) {}
#else
  explicit pooled_context(const pool_options& wanted)
      : io_context(static_cast<int>(wanted.threads_per_context)) {}
#endif

  void destroy_handlers() { shutdown(); }
};

void pool_listener::opened(const std::shared_ptr<pool_listener>& listener) {
  // Before it is added, as a drain on another thread may then close it at once.
  listener->is_counted_ = true;
  bool has_to_close = false;
  try {
    has_to_close = listener->state_->add_listener(listener);
  } catch (...) {
    listener->is_counted_ = false;
    throw;
  }
  if (has_to_close) listener->close();
}

void pool_listener::closed() noexcept {
  if (std::exchange(is_counted_, false)) state_->remove_listener();
}

}  // namespace detail

namespace {

// A set of CPUs, of whatever size the kernel knows.
class cpu_set {
 public:
  explicit cpu_set(std::size_t cpus)
      : size_(CPU_ALLOC_SIZE(cpus)), bits_(CPU_ALLOC(cpus)), cpus_(size_ * 8) {
    if (bits_ == nullptr) throw std::bad_alloc();
    CPU_ZERO_S(size_, bits_);
  }
  cpu_set(const cpu_set&) = delete;
  cpu_set& operator=(const cpu_set&) = delete;
  ~cpu_set() { CPU_FREE(bits_); }

  std::size_t cpus() const noexcept { return cpus_; }
  bool contains(std::size_t cpu) const noexcept { return CPU_ISSET_S(cpu, size_, bits_); }
  void insert(std::size_t cpu) noexcept { CPU_SET_S(cpu, size_, bits_); }

  /// @return Zero, or the error.
  int read() noexcept { return ::sched_getaffinity(0, size_, bits_) < 0 ? errno : 0; }
  int apply() const noexcept { return ::sched_setaffinity(0, size_, bits_) < 0 ? errno : 0; }

 private:
  std::size_t size_;
  ::cpu_set_t* bits_;
  std::size_t cpus_;
};

std::string list_of(const std::vector<int>& cpus) {
  std::string text;
  for (const int each : cpus) text += (text.empty() ? "" : ", ") + std::to_string(each);
  return text;
}

[[noreturn]] void throw_cannot_pin(int cpu, int error) {
  throw boost::system::system_error(error, boost::system::system_category(),
                                    "timed_stream: no thread of the pool can be pinned to CPU " +
                                        std::to_string(cpu) +
                                        ", as there is no such CPU, or this process may not use it "
                                        "(taskset, cpuset). It may use " +
                                        list_of(allowed_cpus()));
}

void pin_this_thread(int cpu) {
  cpu_set only(static_cast<std::size_t>(cpu) + 1);
  only.insert(static_cast<std::size_t>(cpu));
  if (const int error = only.apply(); error != 0) throw_cannot_pin(cpu, error);
}

pool_options checked(pool_options wanted) {
  if (wanted.threads_per_context == 0) {
    throw std::invalid_argument("timed_stream: a pool whose contexts no thread runs");
  }
  if (wanted.threads_per_context > 1 && name() == "io_uring_native") {
    throw std::invalid_argument(
        "timed_stream: with the backend io_uring_native one thread runs each context of a pool. "
        "For more threads use more contexts (pool_options::contexts)");
  }
  const std::vector<int> allowed = allowed_cpus();
  for (const int each : wanted.cpus) {
    if (!std::binary_search(allowed.begin(), allowed.end(), each)) throw_cannot_pin(each, EINVAL);
  }
  if (wanted.contexts == 0) {
    wanted.contexts = std::max<std::size_t>(1, allowed.size() / wanted.threads_per_context);
  }
  return wanted;
}

}  // namespace

std::vector<int> allowed_cpus() {
  constexpr std::size_t most = 1 << 20;
  for (std::size_t size = CPU_SETSIZE;; size *= 2) {
    cpu_set allowed(size);
    const int error = allowed.read();
    if (error == EINVAL && size < most) continue;  // the kernel knows more
    if (error != 0) {
      throw boost::system::system_error(error, boost::system::system_category(),
                                        "timed_stream: sched_getaffinity");
    }
    std::vector<int> cpus;
    for (std::size_t cpu = 0; cpu < allowed.cpus(); ++cpu) {
      if (allowed.contains(cpu)) cpus.push_back(static_cast<int>(cpu));
    }
    return cpus;
  }
}

context_pool::context_pool(pool_options wanted)
    : options_(checked(std::move(wanted))),
      state_(std::make_shared<detail::pool_state>(options_.contexts)) {
  contexts_.reserve(options_.contexts);
  while (contexts_.size() < options_.contexts) {
    contexts_.push_back(std::make_unique<detail::pooled_context>(options_));
  }
}

context_pool::~context_pool() {
  // A handler may own what belongs to another context, which is still there now.
  for (const auto& each : contexts_) each->destroy_handlers();
}

// ---- Contexts and connections

io_context& context_pool::context(std::size_t index) const {
  return *contexts_.at(index);
}

context_pool::executor_type context_pool::get_executor(balancing how) const noexcept {
  return contexts_[state_->choose(how)]->get_executor();
}

net::any_io_executor context_pool::executor_for_connection(std::size_t index) const {
  io_context& chosen = context(index);
  if (options_.threads_per_context == 1) return chosen.get_executor();
  return net::make_strand(chosen.get_executor());
}

context_pool::connection context_pool::add_connection(balancing how) {
  return add_connection_to(state_->choose(how));
}

context_pool::connection context_pool::add_connection_to(std::size_t index) {
  net::any_io_executor executor = executor_for_connection(index);
  state_->add(index);
  return connection(state_, index, std::move(executor));
}

std::size_t context_pool::connections() const noexcept {
  return state_->connections();
}

std::size_t context_pool::connections(std::size_t index) const {
  return state_->connections(index);
}

context_pool::connection::connection(std::shared_ptr<detail::pool_state> state, std::size_t index,
                                     net::any_io_executor executor) noexcept
    : state_(std::move(state)), executor_(std::move(executor)), index_(index) {}

void context_pool::connection::end() noexcept {
  if (const auto state = std::exchange(state_, nullptr)) state->remove(index_);
}

bool context_pool::connection::is_draining() const noexcept {
  return state_ != nullptr && state_->is_draining();
}

// ---- Running

std::size_t context_pool::run() {
  using begin_result = detail::pool_state::begin_result;
  const begin_result begun = state_->begin();
  if (begun == begin_result::running) {
    throw boost::system::system_error(
        net::error::already_started,
        "timed_stream: the pool is running. Its own threads run the contexts: call run() once");
  }
  if (begun == begin_result::ready) {
    run_threads();
    if (const std::exception_ptr thrown = state_->end()) std::rethrow_exception(thrown);
  }
  return connections();
}

void context_pool::run_threads() {
  std::vector<net::executor_work_guard<executor_type>> wait_for_work;
  std::vector<std::thread> threads;
  try {
    wait_for_work.reserve(contexts_.size());
    for (const auto& each : contexts_) {
      each->restart();
      wait_for_work.emplace_back(each->get_executor());
    }
    const std::size_t count = contexts_.size() * options_.threads_per_context;
    threads.reserve(count);
    while (threads.size() < count) {
      threads.emplace_back([this, number = threads.size()] { run_context(number); });
    }
    state_->wait_for_reason_to_end();
  } catch (...) {
    state_->on_thread_ended(std::current_exception());
  }
  stop_contexts();
  for (std::thread& each : threads) each.join();
}

void context_pool::run_context(std::size_t thread) noexcept {
  std::exception_ptr thrown;
  try {
    if (!options_.cpus.empty()) pin_this_thread(options_.cpus[thread % options_.cpus.size()]);
    contexts_[thread / options_.threads_per_context]->run();
  } catch (...) {
    thrown = std::current_exception();
  }
  state_->on_thread_ended(std::move(thrown));
}

void context_pool::stop_contexts() noexcept {
  for (const auto& each : contexts_) each->stop();
}

void context_pool::stop() noexcept {
  state_->stop([this] { stop_contexts(); });
}

void context_pool::drain_until(steady_clock::time_point deadline) {
  const std::shared_ptr<detail::pool_state> state = state_;
  struct telling {
    detail::pool_state& of;
    ~telling() { of.end_closing(); }
  };
  const auto open = state->drain(deadline);
  const telling until_told{*state};
  for (const auto& each : open) each->close();
}

bool context_pool::is_draining() const noexcept {
  return state_->is_draining();
}

bool context_pool::stopped() const noexcept {
  return state_->is_stopped();
}

void context_pool::restart() {
  state_->restart();
}

}  // namespace timed::backend
