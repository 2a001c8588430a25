// What sets and checkpoints are told by.
#include "train/identity.hpp"

#include <algorithm>
#include <vector>

#include "core/digest.hpp"
#include "core/format.hpp"

namespace attune::internal {

std::string fingerprint(const data::Set& set, std::int64_t batch) {
  constexpr std::int64_t most = 1024;
  const std::int64_t count = std::min(set.size(), most);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    rows.push_back(count < 2 ? 0 : i * (set.size() - 1) / (count - 1));
  }
  Digest digest("checkpoint");
  // No more at once than the run asks for: a mapped function is made for that.
  for (std::int64_t i = 0; i < count; i += batch) {
    const auto part = std::span(rows).subspan(static_cast<std::size_t>(i),
                                              static_cast<std::size_t>(std::min(batch, count - i)));
    const std::vector<Tensor> samples = set.gather(part);
    for (std::size_t f = 0; f < samples.size(); ++f) digest.add(set.fields()[f].name, samples[f]);
  }
  std::string text;
  for (std::size_t f = 0; f < set.fields().size(); ++f) {
    const data::Field& field = set.fields()[f];
    text += fmt::format("{}{} {} {}", f == 0 ? "" : ", ", field.name, field.dtype, field.shape);
  }
  return fmt::format("{}, digest {}", text, digest.text());
}

std::string contents_digest(std::span<const NamedTensor> tensors, const Metadata& texts) {
  Digest digest("checkpoint");
  for (const NamedTensor& one : tensors) digest.add(one.name, one.tensor);
  for (const auto& [key, text] : texts) {
    if (key != contents_key) digest.add(fmt::format("{}\n{}\n", key, text));
  }
  return digest.text();
}

}  // namespace attune::internal
