// Walking over a set in batches.
//
// Layer: data.
//
//   for (int epoch = 0; epoch < 5; ++epoch) {
//     for (auto [x, y] : batches(train, {.size = 128, .shuffle = true, .epoch = epoch})) ...
//   }
//
// or, with a place that can be saved and found again (a checkpoint does):
//
//   auto stream = batches(train, {.size = 128, .shuffle = true, .seed = 1});
//   while (stream.position().epoch < 5) {
//     for (auto [x, y] : stream) ...            // each pass is the next epoch, in its own order
//   }
#pragma once

#include <array>
#include <attune/data/set.hpp>

namespace attune::data {

// The generator of the order of a shuffled epoch.
enum class Order {
  philox,       // keyed by (seed, epoch)
  numpy_legacy  // np.random.RandomState(seed + epoch).permutation(n)
};

struct BatchOptions {
  std::int64_t size = 128;
  bool shuffle = false;
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  bool drop_last = false;  // leave out a last batch of fewer samples
  Order order = Order::philox;
};

// The place in a walk: `batch` batches of epoch `epoch` have been delivered.
struct BatchPosition {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;
  friend bool operator==(const BatchPosition&, const BatchPosition&) = default;
};

// The walk itself, for any number of tensors a sample. Of several threads only one may use it.
// While the caller computes on one batch, the next is prepared on another thread where that pays:
// large batches and costly sets, and never when attune runs on one thread. What is delivered does
// not depend on it.
class ATTUNE_API BatchStream {
 public:
  // Errors: value, when the set is empty, size < 1, or drop_last leaves no batch.
  BatchStream(const Set& set, const BatchOptions& options);
  ~BatchStream();
  BatchStream(BatchStream&&) noexcept;
  BatchStream& operator=(BatchStream&&) noexcept;

  std::int64_t size() const;  // batches an epoch
  const BatchOptions& options() const;
  const Set& set() const;

  BatchPosition position() const;
  // Goes on after `position`, which may be one that position() gave: after the last batch of an
  // epoch, the next call of next() ends that epoch. Error (index) when there is no such batch.
  void seek(BatchPosition position);

  // Sets out[f] to field f of the next batch of this epoch; false, and on to the next epoch, when
  // all were delivered. Samples that lie side by side in memory are delivered as views of the
  // set: do not write to them. Rethrows what the set throws.
  bool next(std::span<Tensor> out);

 private:
  struct Walk;
  Walk& walk() const;  // Error (state) when it was moved from

  std::unique_ptr<Walk> walk_;
};

namespace internal {
[[noreturn]] ATTUNE_API void wrong_number_of_fields(const Set& set, std::size_t asked);
}

// What `batches` returns: a range of std::array<Tensor, N>.
template <std::size_t N>
class Batches : public BatchStream {
 public:
  Batches(const Set& set, const BatchOptions& options) : BatchStream(set, options) {
    if (set.fields().size() != N) internal::wrong_number_of_fields(set, N);
  }

  struct End {};
  class Iterator {  // as far as a loop needs one
   public:
    explicit Iterator(Batches* from) : from_(from) { ++*this; }
    std::array<Tensor, N>& operator*() const { return from_->batch_; }
    Iterator& operator++() {
      from_->batch_ = {};  // its memory serves the next one
      if (!from_->next(from_->batch_)) from_ = nullptr;
      return *this;
    }
    friend bool operator==(const Iterator& a, End) { return a.from_ == nullptr; }

   private:
    Batches* from_;
  };

  // Goes on where the walk stands; at the end of the epoch the walk stands before the next one.
  Iterator begin() { return Iterator(this); }
  End end() const { return {}; }

 private:
  std::array<Tensor, N> batch_;
};

// The samples of `set` in batches of options.size, the last one smaller unless dropped. Structured
// bindings need the number of fields: `for (auto [x, y, weight] : batches<3>(set, ...))`. A walk
// costs under a microsecond a batch besides copying. Errors: as for BatchStream; value, when the
// number of fields is not N.
template <std::size_t N = 2>
Batches<N> batches(const Set& set, const BatchOptions& options = {}) {
  return Batches<N>(set, options);
}

}  // namespace attune::data
