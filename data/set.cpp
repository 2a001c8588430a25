// The Set and what every source inherits.
#include "attune/data/set.hpp"

#include <algorithm>
#include <attune/registry.hpp>
#include <numeric>

#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::data {

using attune::internal::fail;

Source::~Source() = default;

void Source::range(std::int64_t first, std::int64_t count, std::int64_t epoch,
                   std::span<Tensor> out) const {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  gather(indices, epoch, out);
}

Tensor Source::column(int field) const {
  std::vector<Tensor> all(fields().size());
  range(0, size(), 0, all);
  return all[static_cast<std::size_t>(field)];
}

bool Source::costly() const { return false; }
bool Source::made(int) const { return false; }

Set::Set(const Tensor& x, const Tensor& y) : Set(in_memory({{"x", x}, {"y", y}})) {}

Set::Set(std::shared_ptr<const Source> source, Names names)
    : source_(std::move(source)),
      names_(std::make_shared<const Names>(std::move(names))),
      size_(source_ ? source_->size() : 0) {}

std::span<const Field> Set::fields() const {
  return source_ ? source_->fields() : std::span<const Field>{};
}

int Set::field(std::string_view name) const {
  std::vector<std::string> known;
  for (const Field& field : fields()) {
    if (field.name == name) return static_cast<int>(known.size());
    known.push_back(field.name);
  }
  if (known.empty()) {
    fail(ErrorKind::value, "Set", "no field \"{}\": the set is empty", name);
  }
  std::string list;
  for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
  const std::string hint = did_you_mean(name, known);
  fail(ErrorKind::value, "Set", "no field \"{}\" among {}{}{}", name, list,
       hint.empty() ? "" : ": ", hint);
}

std::vector<Tensor> Set::gather(std::span<const std::int64_t> indices, std::int64_t epoch) const {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= size_) {
      fail(ErrorKind::index, "gather",
           "index {} at position {} is outside the {} samples of the set", indices[i], i, size_);
    }
  }
  std::vector<Tensor> out(fields().size());
  if (source_) source_->gather(indices, epoch, out);
  return out;
}

Tensor Set::column(std::string_view name) const {
  const int at = field(name);  // says so when there is no source
  return source_->column(at);
}

std::vector<std::int64_t> Set::labels() const {
  const Field& y = fields()[static_cast<std::size_t>(field("y"))];
  if (is_floating(y.dtype) || y.shape.rank() > 0) {
    fail(ErrorKind::value, "labels",
         "field \"y\" is {} of shape {} a sample, not one whole number: it holds no classes",
         y.dtype, y.shape);
  }
  const Tensor all = column("y").to(i64).contiguous();
  const auto values = all.values<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0) {
      fail(ErrorKind::index, "labels", "sample {} has class {}: classes count from 0", i,
           values[i]);
    }
  }
  return {values.begin(), values.end()};
}

std::int64_t Set::classes() const {
  if (!names().classes.empty()) return static_cast<std::int64_t>(names().classes.size());
  const std::vector<std::int64_t> all = labels();
  return all.empty() ? 0 : *std::max_element(all.begin(), all.end()) + 1;
}

const Names& Set::names() const noexcept {
  static const Names none;
  return names_ ? *names_ : none;
}

Set Set::with_names(Names names) const { return Set(source_, std::move(names)); }

}  // namespace attune::data
