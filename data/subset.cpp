// Some samples of another set, in an order of their own.
#include "attune/data/set.hpp"
#include "core/fail.hpp"
#include "data/gather.hpp"

namespace attune::data {

namespace {

class Subset : public Source {
 public:
  Subset(std::shared_ptr<const Source> base, std::vector<std::int64_t> indices)
      : base_(std::move(base)), indices_(std::move(indices)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  std::span<const Field> fields() const override { return base_->fields(); }
  bool costly() const override { return base_->costly(); }
  bool made(int field) const override { return base_->made(field); }

  void gather(std::span<const std::int64_t> indices, std::int64_t epoch,
              std::span<Tensor> out) const override {
    std::vector<std::int64_t> inner(indices.size());
    for (std::size_t i = 0; i < inner.size(); ++i) {
      inner[i] = indices_[static_cast<std::size_t>(indices[i])];
    }
    base_->gather(inner, epoch, out);
  }

  void range(std::int64_t first, std::int64_t count, std::int64_t epoch,
             std::span<Tensor> out) const override {
    const auto part = std::span(indices_).subspan(static_cast<std::size_t>(first),
                                                  static_cast<std::size_t>(count));
    for (std::size_t i = 1; i < part.size(); ++i) {
      if (part[i] != part[i - 1] + 1) return base_->gather(part, epoch, out);
    }
    base_->range(part.empty() ? 0 : part[0], count, epoch, out);
  }

  Tensor column(int field) const override {
    if (!base_->made(field)) return internal::gather_rows(base_->column(field), indices_);
    std::vector<Tensor> out(fields().size());
    base_->gather(indices_, 0, out);
    return std::move(out[static_cast<std::size_t>(field)]);
  }

 private:
  std::shared_ptr<const Source> base_;
  std::vector<std::int64_t> indices_;
};

}  // namespace

Set subset(const Set& set, std::vector<std::int64_t> indices) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= set.size()) {
      attune::internal::fail(ErrorKind::index, "subset",
                             "index {} at position {} is outside the {} samples of the set",
                             indices[i], i, set.size());
    }
  }
  if (!set.source()) return set;
  return Set(std::make_shared<Subset>(set.source(), std::move(indices)), set.names());
}

TrainSet subset(const TrainSet& set, std::vector<std::int64_t> indices) {
  return TrainSet(subset(static_cast<const Set&>(set), std::move(indices)));
}

}  // namespace attune::data
