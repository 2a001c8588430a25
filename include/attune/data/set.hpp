// A set of samples: what training, evaluation and splits read from. A Set is a small value that
// shares what it reads; copying it copies no sample. It may be read from many threads at once.
//
// Layer: data.
//
//   data::Set set{x, y};                        // x [n, ...], y [n, ...], both in memory
//   auto values = set.gather({3, 1, 4});        // {x of shape [3, ...], y of shape [3, ...]}
//
// A sample consists of any number of tensors, called fields. By convention the first is "x", the
// input, and the second "y", the target: an integer class for a classifier.
#pragma once

#include <attune/export.hpp>
#include <attune/tensor.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune::data {

// One tensor of every sample, as gather delivers it.
struct Field {
  std::string name;
  DType dtype;
  Shape shape;  // of one sample: [] for a class, [1, 28, 28] for a picture
};

// What the numbers mean; either list may be empty.
struct Names {
  std::vector<std::string> classes = {};   // classes[y] is the name of class y
  std::vector<std::string> features = {};  // features[j] is the name of x[:, j]
};

// What a Set reads from. Derive from it to read from somewhere else; all members are called from
// several threads at once.
class ATTUNE_API Source {
 public:
  virtual ~Source();
  virtual std::int64_t size() const = 0;  // the number of samples
  virtual std::span<const Field> fields() const = 0;
  // Sets out[f], for every field f, to the samples at `indices` in that order: shape
  // [indices.size(), fields()[f].shape...]. Indices are within [0, size()) and may repeat. Equal
  // arguments give equal bits; what is random depends on (epoch, index) alone.
  virtual void gather(std::span<const std::int64_t> indices, std::int64_t epoch,
                      std::span<Tensor> out) const = 0;
  // The samples first, first + 1, ...: views where the samples lie side by side in memory. The
  // default gathers.
  virtual void range(std::int64_t first, std::int64_t count, std::int64_t epoch,
                     std::span<Tensor> out) const;
  // One field of all samples in epoch 0. The default gathers all fields.
  virtual Tensor column(int field) const;
  // True when a function makes the field of the samples that are gathered together, so that a
  // part's column is no part of the whole one. The default is false.
  virtual bool made(int field) const;
  // True when gathering takes long for its bytes, so that batches are worth preparing ahead however
  // small they are. The default is false.
  virtual bool costly() const;
};

class ATTUNE_API Set {
 public:
  // No samples, no fields.
  Set() noexcept = default;
  // Samples in memory: the entries of x and y along axis 0. Shares the tensors where they are
  // contiguous. Errors: shape, when the sizes of axis 0 differ or a tensor has no axis.
  Set(const Tensor& x, const Tensor& y);
  explicit Set(std::shared_ptr<const Source> source, Names names = {});

  std::int64_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const Field> fields() const;
  // The position of a field. Error (value), with the nearest name, when there is none.
  int field(std::string_view name) const;

  // The samples at `indices`, one tensor a field: see Source::gather. Error (index) for an index
  // outside [0, size()), naming it. Samples that do not lie side by side are copied, in parallel
  // when they are many.
  std::vector<Tensor> gather(std::span<const std::int64_t> indices, std::int64_t epoch = 0) const;
  std::vector<Tensor> gather(std::initializer_list<std::int64_t> indices,
                             std::int64_t epoch = 0) const {
    return gather(std::span<const std::int64_t>(indices.begin(), indices.size()), epoch);
  }
  // One field of all samples: [size(), ...]. Not for sets larger than memory. The tensor may share
  // the set's memory: do not write to it.
  Tensor column(std::string_view field) const;

  // The class of every sample, from field "y". Errors: value, when there is no such field, it is
  // not of an integer type or not one number a sample; index, when a class is negative.
  std::vector<std::int64_t> labels() const;
  // The number of classes: that of their names, or where there are none the highest label plus 1.
  std::int64_t classes() const;
  const Names& names() const noexcept;
  // The same samples with other names.
  Set with_names(Names names) const;

  // What it reads from; null for a Set().
  const std::shared_ptr<const Source>& source() const noexcept { return source_; }

 private:
  std::shared_ptr<const Source> source_;
  std::shared_ptr<const Names> names_;
  std::int64_t size_ = 0;
};

// A set to learn from. Scalers and whatever else is fitted take nothing else, so that no figure of
// a dev or test set leaks into a model. split, kfold and the sets that come in parts make it; the
// constructor declares that a set of your own is one.
class ATTUNE_API TrainSet : public Set {
 public:
  TrainSet() noexcept = default;
  explicit TrainSet(Set set) noexcept : Set(std::move(set)) {}
};

// A set that was divided before it came here; the test part stays what it is.
struct TrainTest {
  TrainSet train;
  Set test;
};

// One tensor of all samples.
struct Array {
  std::string name;
  Tensor values;  // [n, ...]
  // Pictures: u8 values 0 ... 255 are delivered as f32, multiplied by 1/255. They stay one byte
  // until the batch.
  bool scaled = false;
};

// Samples of any number of tensors, in memory or mapped from a file. Errors: as for Set(x, y);
// value for a name that is used twice; dtype for `scaled` values that are not u8.
ATTUNE_API Set in_memory(std::vector<Array> arrays, Names names = {});

// The samples of `set` at `indices`, in that order. Error (index) naming the first outside.
ATTUNE_API Set subset(const Set& set, std::vector<std::int64_t> indices);
ATTUNE_API TrainSet subset(const TrainSet& set, std::vector<std::int64_t> indices);

struct MapOptions {
  std::string field = "x";  // the one that the function changes; the others stay
  std::uint64_t seed = 0;   // of the random numbers that the function draws
  // false: the function sees one sample. true: it sees the [count, ...] samples of a gather.
  bool per_batch = false;
};

// `set` with a field passed through a function when samples are gathered: augmentation, decoding.
// The function runs without a graph, on several threads at once, and draws from a stream keyed by
// (seed, epoch, sample), so the outcome depends neither on threads nor on the order of samples; per
// batch, the key is that of the first sample; of two maps, one upon the other, give each a seed of
// its own, or both draw the same. The function may write to what it is given. It must return one
// shape and type for all samples, per batch with axis 0 kept; it is called once at once to learn
// them. Error (shape or dtype) naming the sample where it does not.
using Function = std::function<Tensor(const Tensor&)>;
ATTUNE_API Set mapped(const Set& set, Function function, const MapOptions& options = {});
ATTUNE_API TrainSet mapped(const TrainSet& set, Function function, const MapOptions& options = {});

}  // namespace attune::data
