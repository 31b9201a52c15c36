// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/ring/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "timed/uring/detail/ring/refusal.h"

namespace timed::uring::detail {
namespace {

using namespace std::chrono_literals;

// Number of completions after which a call that waits for one returns, if more are pending.
constexpr unsigned completions_per_enter = 20;

// Linux 6.15: a thread that waits in the ring is idle, and not waiting for a disk (iowait, and I/O
// pressure). The constants are those of linux/io_uring.h, whose older versions lack them.
constexpr unsigned feature_no_iowait = 1U << 17;
constexpr unsigned enter_no_iowait = 1U << 7;

// The kernel takes a ring's absolute times for those of the initial time namespace. In another one
// this process's clock differs from them. Without /proc that cannot be ruled out.
bool is_in_initial_time_namespace() noexcept {
  constexpr ::ino_t initial = 0xEFFFFFFA;  // by linux/nsfs.h
  struct ::stat mine {};
  return ::stat("/proc/self/ns/time", &mine) == 0 && mine.st_ino == initial;
}

[[noreturn]] void throw_refused(int error, const char* what) {
  throw boost::system::system_error(
      error, boost::system::system_category(),
      std::string("timed_stream: ") + what + ": " +
          explain_refused_io_uring(error, "5.19 (6.1 for the ring_mode `deferred`)"));
}

unsigned flags_of(ring_mode which) {
  constexpr unsigned common = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                              IORING_SETUP_R_DISABLED | IORING_SETUP_CLAMP |
                              IORING_SETUP_TASKRUN_FLAG;
  return common | (which == ring_mode::deferred
                       ? unsigned{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN}
                       : unsigned{IORING_SETUP_COOP_TASKRUN});
}

__kernel_timespec timespec_of(std::chrono::nanoseconds time) {
  return {.tv_sec = time.count() / 1'000'000'000, .tv_nsec = time.count() % 1'000'000'000};
}

// The kernel registers no more files than there may be descriptors.
std::size_t registered_files_max(const options& wanted) {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == 0) return 0;
  constexpr ::rlim_t kernel_limit = 1 << 20;
  return std::min<std::size_t>(wanted.registered_files, std::min(limit.rlim_cur, kernel_limit) - 1);
}

}  // namespace

ring::ring(kernel& kernel, const options& wanted, ring_counters& counters)
    : kernel_(kernel), counters_(counters), wanted_(wanted) {
  std::vector<int> files(1 + registered_files_max(wanted_), -1);
  free_files_.resize(files.size() - 1);
  std::iota(free_files_.rbegin(), free_files_.rend(), 1);
  // The kernel frees the locked memory of a closed ring a little later.
  const auto give_up = std::chrono::steady_clock::now() + 1s;
  for (;;) {
    int error = open_on(wanted_.required_mode.value_or(ring_mode::deferred));
    if (error == EINVAL && !wanted_.required_mode) error = open_on(ring_mode::cooperative);
    if (error == 0) break;
    if (error != ENOMEM || std::chrono::steady_clock::now() >= give_up) {
      throw_refused(error, "no io_uring can be set up here");
    }
    std::this_thread::sleep_for(5ms);
  }
  if (::pipe2(released_, O_CLOEXEC) != 0) {
    const int error = errno;
    kernel_.close(ring_);
    throw_refused(error, "no io_uring can be set up here");
  }
  // The kernel releases a registered file after everything else.
  files.front() = released_[1];
  const int result = kernel_.register_with(ring_, IORING_REGISTER_FILES, files.data(),
                                           static_cast<unsigned>(files.size()));
  ::close(released_[1]);
  if (result < 0) {
    ::close(released_[0]);
    kernel_.close(ring_);
    throw_refused(-result, "no io_uring can be set up here");
  }
  if (const int error = start_busy_polling(); error != 0) {
    ::close(released_[0]);
    kernel_.close(ring_);
    throw boost::system::system_error(
        error, boost::system::system_category(),
        "timed::uring::options::busy_poll: this kernel does not do it. It needs Linux 6.9 with "
        "CONFIG_NET_RX_BUSY_POLL; leave it at zero elsewhere");
  }
  is_open_ = true;
}

int ring::start_busy_polling() noexcept {
  if (wanted_.busy_poll <= 0us) return 0;
  constexpr auto longest = std::chrono::microseconds(std::numeric_limits<std::int32_t>::max());
  io_uring_napi how{};
  how.busy_poll_to = static_cast<std::uint32_t>(std::min(wanted_.busy_poll, longest).count());
  how.prefer_busy_poll = 1;
  const int result = kernel_.register_with(ring_, IORING_REGISTER_NAPI, &how, 1);
  return result < 0 ? -result : 0;
}

int ring::set_file(int number, int descriptor) noexcept {
  io_uring_files_update which{};
  which.offset = static_cast<std::uint32_t>(number);
  which.fds = reinterpret_cast<std::uintptr_t>(&descriptor);
  return kernel_.register_with(ring_, IORING_REGISTER_FILES_UPDATE, &which, 1);
}

int ring::register_file(int descriptor) noexcept {
  if (free_files_.empty() || set_file(free_files_.back(), descriptor) != 1) return -1;
  const int number = free_files_.back();
  free_files_.pop_back();
  return number;
}

void ring::unregister_file(int number) noexcept {
  (void)set_file(number, -1);
  free_files_.push_back(number);  // It has the capacity.
}

ring::~ring() {
  if (is_open_) kernel_.close(ring_);
  if (released_[0] >= 0) ::close(released_[0]);
}

int ring::open_on(ring_mode which) noexcept {
  io_uring_params params{};
  params.flags = flags_of(which);
  const unsigned entries = std::max(wanted_.entries, 2U);
  params.cq_entries = std::max(wanted_.completions, entries);
  const int result = kernel_.open(entries, ring_, params);
  if (result < 0) return -result;
  constexpr unsigned needed =
      IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_FAST_POLL | IORING_FEAT_SUBMIT_STABLE;
  if ((params.features & needed) != needed) {
    kernel_.close(ring_);
    return ENOSYS;
  }
  // Before Linux 6.13 one idle operation on a registered file kept the kernel from releasing all
  // files that were taken out after it. The first feature since then with a flag is of 6.14.
  if ((params.features & IORING_FEAT_RW_ATTR) == 0) free_files_.clear();
  // IORING_FEAT_MIN_TIMEOUT is of the release (6.12) that has absolute timeouts, which have no
  // flag.
  kernel_knows_absolute_timeouts_ = (params.features & IORING_FEAT_MIN_TIMEOUT) != 0;
  waits_as_idle_ = (params.features & feature_no_iowait) != 0;
  mode_ = which;
  return 0;
}

void ring::enable() {
  uses_absolute_timeouts_ = kernel_knows_absolute_timeouts_ && is_in_initial_time_namespace();
  const int result = kernel_.register_with(ring_, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (result < 0) throw_refused(-result, "the io_uring cannot be enabled");
}

void ring::register_with_thread() noexcept {
  io_uring_rsrc_update which{};
  which.offset = std::numeric_limits<std::uint32_t>::max();  // Any that is free.
  which.data = static_cast<std::uint64_t>(ring_.ring_fd);
  if (kernel_.register_with(ring_, IORING_REGISTER_RING_FDS, &which, 1) != 1) return;
  ring_.enter_ring_fd = static_cast<int>(which.offset);
  is_registered_ = true;
}

void ring::unregister() noexcept {
  if (!std::exchange(is_registered_, false)) return;
  io_uring_rsrc_update which{};
  which.offset = static_cast<std::uint32_t>(ring_.enter_ring_fd);
  (void)kernel_.register_with(ring_, IORING_UNREGISTER_RING_FDS, &which, 1);
  ring_.enter_ring_fd = ring_.ring_fd;
}

io_uring_sqe* ring::prepare() noexcept {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe != nullptr) return sqe;
  if (enter_now(0, 0, nullptr, 0) <= 0) return nullptr;
  return io_uring_get_sqe(&ring_);
}

int ring::enter_now(unsigned wait_for, unsigned flags, const void* argument,
                    std::size_t size) noexcept {
  io_uring_sq& queue = ring_.sq;
  io_uring_smp_store_release(queue.ktail, queue.sqe_tail);
  const unsigned to_submit = queue.sqe_tail - io_uring_smp_load_acquire(queue.khead);
  if (is_registered_) flags |= IORING_ENTER_REGISTERED_RING;
  const int result = kernel_.enter(ring_, to_submit, wait_for, flags, argument, size);
  counters_.enters.add();
  if (result > 0) counters_.submissions.add(static_cast<unsigned>(result));
  return result;
}

int ring::enter(time_point until) noexcept {
  if (until == time_point::min()) return enter_now(0, IORING_ENTER_GETEVENTS, nullptr, 0);
  io_uring_getevents_arg argument{};
  argument.sigmask_sz = _NSIG / 8;
  __kernel_timespec time;
  unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  if (waits_as_idle_) flags |= enter_no_iowait;
  if (until != time_point::max()) {
    if (uses_absolute_timeouts_) {
      time = timespec_of(until.time_since_epoch());
      flags |= IORING_ENTER_ABS_TIMER;
    } else {
      const auto now = std::chrono::steady_clock::now();
      time = timespec_of(until > now ? until - now : 0ns);
    }
    argument.ts = reinterpret_cast<std::uintptr_t>(&time);
  }
  return enter_now(1, flags, &argument, sizeof(argument));
}

bool ring::may_have_more(unsigned taken) const noexcept {
  return taken >= completions_per_enter || io_uring_cq_has_overflow(&ring_);
}

void ring::close_and_wait() noexcept {
  if (!is_open_) return;
  is_open_ = false;
  kernel_.close(ring_);
  pollfd last{.fd = released_[0], .events = 0, .revents = 0};
  while (::poll(&last, 1, -1) < 0 && errno == EINTR) {
  }
}

void ring::abandon() noexcept {
  if (std::exchange(is_open_, false)) ::close(ring_.ring_fd);
  // Its memory is not in this process. From here on it has no entry and no completion.
  static unsigned none = 0;
  is_registered_ = false;
  ring_ = io_uring{};
  ring_.ring_fd = ring_.enter_ring_fd = -1;
  ring_.sq.khead = ring_.sq.ktail = ring_.sq.kflags = ring_.sq.kdropped = &none;
  ring_.cq.khead = ring_.cq.ktail = ring_.cq.kflags = ring_.cq.koverflow = &none;
}

}  // namespace timed::uring::detail
