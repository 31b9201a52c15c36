// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/pool_state.h"

#include <algorithm>
#include <boost/asio/multiple_exceptions.hpp>

#include "timed/detail/pool_listener.h"

namespace timed::backend::detail {

// ---- Connections

std::size_t pool_state::choose(balancing how) noexcept {
  const std::size_t first = next_.fetch_add(1, std::memory_order_relaxed) % counts_.size();
  if (how == balancing::round_robin) return first;
  std::size_t best = first;
  std::size_t fewest = counts_[first].of.load();
  for (std::size_t i = 1; i < counts_.size() && fewest != 0; ++i) {
    const std::size_t other = (first + i) % counts_.size();
    const std::size_t connections = counts_[other].of.load();
    if (connections >= fewest) continue;
    best = other;
    fewest = connections;
  }
  return best;
}

void pool_state::remove(std::size_t context) noexcept {
  // Either a drain that begins sees the new count, or this sees that there is one, and notifies it.
  counts_[context].of.fetch_sub(1);
  if (is_draining_.load()) notify();
}

std::size_t pool_state::connections() const noexcept {
  std::size_t all = 0;
  for (const count& each : counts_) all += each.of.load();
  return all;
}

// ---- Listeners

bool pool_state::add_listener(const std::shared_ptr<pool_listener>& listener) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& each) { return each.expired(); });
  listeners_.push_back(listener);
  ++open_listeners_;
  return is_draining_;
}

void pool_state::remove_listener() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --open_listeners_;
  }
  changed_.notify_all();
}

// ---- The state of a run

pool_state::begin_result pool_state::begin() noexcept {
  const std::lock_guard lock(mutex_);
  if (is_running_) return begin_result::running;
  if (is_stopped_) return begin_result::stopped;
  is_running_ = true;
  return begin_result::ready;
}

void pool_state::on_thread_ended(std::exception_ptr thrown) noexcept {
  {
    const std::lock_guard lock(mutex_);
    has_thread_ended_ = true;
    if (thrown) {
      are_several_thrown_ = thrown_ != nullptr;
      if (!thrown_) thrown_ = std::move(thrown);
    }
  }
  changed_.notify_all();
}

void pool_state::wait_for_reason_to_end() {
  std::unique_lock lock(mutex_);
  const auto has_to_end = [this] { return is_stopped_ || has_thread_ended_; };
  const auto has_news = [&] { return has_to_end() || is_draining_; };
  changed_.wait(lock, has_news);
  while (!has_to_end()) {
    if (is_drained() || clock::now() >= drain_deadline_) {
      is_stopped_ = true;
      return;
    }
    changed_.wait_until(lock, drain_deadline_);  // which another drain may bring forward
  }
}

std::exception_ptr pool_state::end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closing_listeners_ == 0; });
  is_running_ = false;
  has_thread_ended_ = false;
  std::exception_ptr thrown = std::exchange(thrown_, nullptr);
  if (!thrown)
    is_stopped_ = true;  // by itself, if one of the contexts was stopped by its own stop()
  if (!std::exchange(are_several_thrown_, false)) return thrown;
  return std::make_exception_ptr(net::multiple_exceptions(std::move(thrown)));
}

std::vector<std::shared_ptr<pool_listener>> pool_state::drain(clock::time_point deadline) {
  std::vector<std::shared_ptr<pool_listener>> open;
  {
    const std::lock_guard lock(mutex_);
    open.reserve(listeners_.size());
    for (const auto& each : listeners_) {
      if (auto listener = each.lock()) open.push_back(std::move(listener));
    }
    drain_deadline_ = std::min(drain_deadline_, deadline);
    is_draining_ = true;
    ++closing_listeners_;
  }
  changed_.notify_all();
  return open;
}

void pool_state::end_closing() noexcept {
  const std::lock_guard lock(mutex_);
  --closing_listeners_;
  changed_.notify_all();
}

void pool_state::restart() noexcept {
  const std::lock_guard lock(mutex_);
  is_stopped_ = false;
  is_draining_ = false;
  drain_deadline_ = clock::time_point::max();
}

bool pool_state::is_stopped() const noexcept {
  const std::lock_guard lock(mutex_);
  return is_stopped_;
}

void pool_state::notify() noexcept {
  // With the mutex held once, so that this does not come between a look at the counts and the wait.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

}  // namespace timed::backend::detail
