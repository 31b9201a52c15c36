// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/runner.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <system_error>
#include <utility>

#include "tests/histories/choices.h"
#include "tests/histories/failure.h"
#include "tests/histories/generate.h"

namespace timed::tests::histories {
namespace {

// What a child tells its parent, also when it crashes.
struct shared_page {
  volatile std::uint64_t seed = 0;
  totals done;
  std::array<char, 4000> complaint{};
};

shared_page* page = nullptr;

void tell_parent(const std::string& what) {
  const std::size_t size = std::min(what.size(), page->complaint.size() - 1);
  std::memcpy(page->complaint.data(), what.data(), size);
  ::_exit(EXIT_FAILURE);
}

shared_page& make_page() {
  if (page == nullptr) {
    void* const memory = ::mmap(nullptr, sizeof(shared_page), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    page = static_cast<shared_page*>(memory);
  }
  return *new (page) shared_page;
}

// Waits for the child, for at most so many seconds in which it makes no progress.
std::string wait_for(::pid_t child) {
  std::uint64_t seed = page->seed;
  std::uint64_t histories = page->done.histories;
  int status = 0;
  for (int quiet_ms = 0; ::waitpid(child, &status, WNOHANG) == 0; ++quiet_ms) {
    ::usleep(1'000);
    if (seed != page->seed || histories != page->done.histories) quiet_ms = 0;
    seed = page->seed;
    histories = page->done.histories;
    if (quiet_ms < 60'000) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return "it hangs";
  }
  if (page->complaint[0] != 0) return page->complaint.data();
  if (WIFSIGNALED(status)) return std::string("a crash: ") + ::strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit status " + std::to_string(WEXITSTATUS(status));
  return {};
}

verdict in_child(const std::function<void(shared_page&)>& play) {
  std::fflush(nullptr);
  shared_page& result = make_page();
  const ::pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    on_failure = tell_parent;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      play(result);
    } catch (const std::exception& error) {
      fail(std::string("an exception: ") + error.what());
    }
    std::exit(EXIT_SUCCESS);
  }
  verdict made;
  made.complaint = wait_for(child);
  made.seed = result.seed;
  made.done = result.done;
  return made;
}

int count_descriptors() {
  int count = 0;
  ::DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

void drop(history& from, std::size_t first, std::size_t count) {
  std::vector<int> dropped;
  for (std::size_t i = first; i < first + count; ++i) dropped.push_back(from.steps[i].id);
  const auto is_dropped = [&](int id) {
    return std::find(dropped.begin(), dropped.end(), id) != dropped.end();
  };
  const auto begin = from.steps.begin() + static_cast<std::ptrdiff_t>(first);
  from.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  // What was called in a handler that is no more goes too.
  std::erase_if(from.steps, [&](const step& each) {
    const bool goes = is_dropped(each.inside) || (each.what == call::emit && is_dropped(each.of));
    if (goes) dropped.push_back(each.id);
    return goes;
  });
}

}  // namespace

void totals::add(const totals& other) {
  histories += other.histories;
  inconclusive += other.inconclusive;
  calls += other.calls;
  operations += other.operations;
  timeouts += other.timeouts;
  aborts += other.aborts;
  bytes += other.bytes;
}

std::string setting::name() const {
  return std::string(in->name) + (is_manual ? ", manual time" : ", real time, clock ") +
         (is_manual ? "" : std::string(name_of(clock)));
}

std::string unavailable_reason() {
  return in_child([](shared_page&) {
           const std::string reason = timed::backend::unavailable_reason();
           if (!reason.empty()) fail(reason);
         })
      .complaint;
}

history history_of(const setting& where, std::uint64_t seed) {
  choices from(seed);
  return generate(from, where.in->has_limits);
}

verdict play_seeds(const setting& where, std::uint64_t first_seed, std::uint64_t operations) {
  return in_child([&](shared_page& result) {
    detail::cheap_clock::use(where.clock);
    const auto on = where.in->make(where.is_manual);
    int descriptors = 0;
    for (std::uint64_t seed = first_seed; result.done.operations < operations; ++seed) {
      result.seed = seed;
      on->play(history_of(where, seed), result.done);
      if (seed == first_seed + 20) descriptors = count_descriptors();
    }
    if (descriptors != 0 && count_descriptors() > descriptors)
      fail("descriptors were left open: " + std::to_string(descriptors) + ", and at the end " +
           std::to_string(count_descriptors()));
  });
}

verdict play_one(const setting& where, const history& what, int attempts) {
  return in_child([&](shared_page& result) {
    detail::cheap_clock::use(where.clock);
    const auto on = where.in->make(where.is_manual);
    for (int i = 0; i < attempts; ++i) on->play(what, result.done);
  });
}

history shrink(const setting& where, history what) {
  const int attempts = where.is_manual ? 2 : 20;
  patience = std::chrono::seconds(1);
  for (std::size_t count = std::max<std::size_t>(what.steps.size() / 2, 1);;) {
    bool any = false;
    for (std::size_t first = 0; first + count <= what.steps.size();) {
      history smaller = what;
      drop(smaller, first, count);
      if (play_one(where, smaller, attempts).complaint.empty()) {
        first += count;
      } else {
        what = std::move(smaller);
        any = true;
      }
    }
    if (count == 1 && !any) return what;
    count = std::max<std::size_t>(count / 2, 1);
  }
}

}  // namespace timed::tests::histories
