// The walk: an order for every epoch, and the batch after the next prepared on another thread.
#include "attune/data/batches.hpp"

#include <attune/mode.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "core/fail.hpp"
#include "core/random.hpp"
#include "data/task.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

// One thread that computes one thing ahead. The caller asks, does something else, and takes.
class Ahead {
 public:
  Ahead() : thread_([this](std::stop_token stop) { serve(stop); }) {}

  void ask(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_ = std::move(work);
      mode_ = Mode::current();
    }
    changed_.notify_all();
  }

  // Waits until the work is done; what it threw.
  std::exception_ptr wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !work_; });
    return std::exchange(error_, nullptr);
  }

 private:
  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return static_cast<bool>(work_); })) {
      lock.unlock();
      std::exception_ptr error;
      try {
        const UseMode as_the_caller(mode_);
        work_();
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      error_ = error;
      work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::function<void()> work_;
  Mode mode_;
  std::exception_ptr error_;
  std::jthread thread_;  // the last member: it sees the others
};

}  // namespace

struct BatchStream::Walk {
  Walk(const Set& set_, const BatchOptions& options_) : set(set_), options(options_) {
    if (options.size < 1) {
      fail(ErrorKind::value, "batches", "batches of {} samples: at least 1", options.size);
    }
    if (set.empty()) {
      fail(ErrorKind::value, "batches",
           "the set is empty: was a part asked for when it was divided?");
    }
    if (options.epoch < 0) {
      fail(ErrorKind::value, "batches", "epoch {}: epochs count from 0", options.epoch);
    }
    count = set.size() / options.size;
    if (!options.drop_last && set.size() % options.size != 0) ++count;
    if (count == 0) {
      fail(ErrorKind::value, "batches",
           "drop_last leaves no batch: {} samples do not fill one of {}", set.size(), options.size);
    }
    position.epoch = options.epoch;
    looks_ahead =
        count > 1 && (set.source()->costly() || (options.shuffle && is_large())) && threads() > 1;
  }

  // Worth the handing over, which costs some microseconds.
  bool is_large() const {
    std::size_t bytes = 0;
    for (const Field& field : set.fields()) {
      bytes += static_cast<std::size_t>(field.shape.numel()) * size_of(field.dtype);
    }
    return bytes * static_cast<std::size_t>(options.size) >= 256 * 1024;
  }

  void prepare_order(std::int64_t epoch) {
    if (order_epoch == epoch) return;
    if (options.order == Order::numpy_legacy) {
      const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(epoch);
      if (seed < options.seed || seed >> 32 != 0) {
        fail(ErrorKind::value, "batches",
             "seed {} and epoch {}: Order::numpy_legacy needs a sum below 2^32", options.seed,
             epoch);
      }
      order = NumpyLegacy(static_cast<std::uint32_t>(seed)).permutation(set.size());
    } else {
      order.resize(static_cast<std::size_t>(set.size()));
      const RandomState state = internal::task_state(internal::Task::shuffle, options.seed,
                                                     static_cast<std::uint64_t>(epoch));
      attune::internal::fill_permutation(order.data(), set.size(),
                                         attune::internal::draw_of(state));
    }
    order_epoch = epoch;
  }

  void gather(BatchPosition at, std::span<Tensor> out) {
    const std::int64_t first = at.batch * options.size;
    const std::int64_t samples = std::min(options.size, set.size() - first);
    if (!options.shuffle) return set.source()->range(first, samples, at.epoch, out);
    prepare_order(at.epoch);
    const auto indices = std::span<const std::int64_t>(order).subspan(
        static_cast<std::size_t>(first), static_cast<std::size_t>(samples));
    set.source()->gather(indices, at.epoch, out);
  }

  void deliver(std::span<Tensor> out) {
    if (asked == position) {
      const std::exception_ptr error = ahead->wait();
      asked.reset();
      if (error) std::rethrow_exception(error);
      std::move(prepared.begin(), prepared.end(), out.begin());
    } else {
      forget();
      gather(position, out);
    }
  }

  void ask(BatchPosition at) {
    if (!ahead) ahead.emplace();
    prepared.assign(set.fields().size(), Tensor());
    asked = at;
    ahead->ask([this, at] { gather(at, prepared); });
  }

  void forget() {
    if (asked) static_cast<void>(ahead->wait());
    asked.reset();
  }

  Set set;
  BatchOptions options;
  std::int64_t count = 0;
  BatchPosition position;
  bool looks_ahead = false;
  std::vector<std::int64_t> order;  // of `order_epoch`; the other thread's while it was asked
  std::int64_t order_epoch = -1;
  std::optional<BatchPosition> asked;
  std::vector<Tensor> prepared;
  std::optional<Ahead> ahead;  // the last member: its thread uses the others
};

BatchStream::BatchStream(const Set& set, const BatchOptions& options)
    : walk_(std::make_unique<Walk>(set, options)) {}
BatchStream::~BatchStream() = default;
BatchStream::BatchStream(BatchStream&&) noexcept = default;
BatchStream& BatchStream::operator=(BatchStream&&) noexcept = default;

BatchStream::Walk& BatchStream::walk() const {
  if (!walk_) fail(ErrorKind::state, "batches", "this stream was moved from");
  return *walk_;
}

std::int64_t BatchStream::size() const { return walk().count; }
const BatchOptions& BatchStream::options() const { return walk().options; }
const Set& BatchStream::set() const { return walk().set; }
BatchPosition BatchStream::position() const { return walk().position; }

void BatchStream::seek(BatchPosition position) {
  if (position.epoch < 0 || position.batch < 0 || position.batch > walk().count) {
    fail(ErrorKind::index, "batches", "no batch {} of epoch {}: an epoch has {} batches",
         position.batch, position.epoch, walk().count);
  }
  walk().position = position;
}

bool BatchStream::next(std::span<Tensor> out) {
  Walk& walk = this->walk();
  if (walk.position.batch == walk.count) {
    walk.position = {walk.position.epoch + 1, 0};
    return false;
  }
  if (out.size() != walk.set.fields().size()) {
    internal::wrong_number_of_fields(walk.set, out.size());
  }
  walk.deliver(out);
  ++walk.position.batch;
  if (walk.looks_ahead && walk.position.batch < walk.count) walk.ask(walk.position);
  return true;
}

namespace internal {

void wrong_number_of_fields(const Set& set, std::size_t asked) {
  std::string names;
  for (const Field& field : set.fields()) names += (names.empty() ? "" : ", ") + field.name;
  fail(ErrorKind::value, "batches",
       "{} tensors a sample are asked for and the set has {} ({}): write batches<{}>(set, ...)",
       asked, set.fields().size(), names, set.fields().size());
}

}  // namespace internal

}  // namespace attune::data
