// Four gzipped IDX files, unpacked at once on several threads.
#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include "attune/data/readers.hpp"
#include "attune/data/shipped.hpp"
#include "attune/ops/views.hpp"
#include "core/fail.hpp"
#include "core/parallel.hpp"
#include "data/folders.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

constexpr const char* operation = "fashion_mnist";
constexpr std::array names = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                              "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};

std::string folder() {
  std::vector<std::string> folders = internal::data_path();
  folders.emplace_back("/usr/share/datasets/fashion-mnist");
  for (const std::string& folder : folders) {
    const bool complete = std::all_of(names.begin(), names.end(), [&](const char* file) {
      return !internal::find_file({folder}, file).empty();
    });
    if (complete) return folder;
  }
  fail(ErrorKind::io, operation,
       "its four files are in none of {}: install them, `apt install dataset-fashion-mnist`, or "
       "name their folder in ATTUNE_DATA_PATH",
       internal::joined(folders));
}

// The two tensors and files of a part: images, then labels.
Set part(std::span<const Tensor, 2> read, std::span<const std::string, 2> files,
         const Shape& sample) {
  const Tensor &images = read[0], &labels = read[1];
  const bool pictures = images.dim() == 3 && images.dtype() == u8;
  if (!pictures || labels.dim() != 1 || labels.dtype() != u8 || labels.size(0) != images.size(0)) {
    fail(ErrorKind::format, operation,
         "{} holds {} {} and {} {} {}: u8 [n, height, width] and u8 [n] expected", files[0],
         images.dtype(), images.shape(), files[1], labels.dtype(), labels.shape());
  }
  const auto values = labels.values<std::uint8_t>();
  const auto highest = std::max_element(values.begin(), values.end());
  if (highest != values.end() && *highest > 9) {
    fail(ErrorKind::format, operation, "{}: label {} at {}: the classes are 0 to 9", files[1],
         *highest, highest - values.begin());
  }
  const std::int64_t pixels = images.size(1) * images.size(2);
  if (sample.rank() >= max_rank || sample.numel() != pixels) {
    fail(ErrorKind::shape, operation, "pictures of {} x {} do not fill samples of shape {}",
         images.size(1), images.size(2), sample);
  }
  Shape shape = sample;
  shape.insert(0, images.size(0));
  return in_memory({{"x", reshape(images, shape), true}, {"y", labels.to(i64)}},
                   {{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                     "Sneaker", "Bag", "Ankle boot"},
                    {}});
}

}  // namespace

std::vector<std::string> fashion_mnist_files() {
  std::vector<std::string> files;
  for (const std::filesystem::path at = folder(); const char* name : names) {
    files.push_back((at / name).string());
  }
  return files;
}

TrainTest fashion_mnist(const ImageOptions& options) {
  const std::vector<std::string> files = fashion_mnist_files();
  std::array<Tensor, names.size()> read;
  constexpr std::int64_t much = std::int64_t{1} << 30;
  attune::internal::parallel_for(std::int64_t{names.size()}, much, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    read[at] = read_idx(files[at]);
  });
  const std::span<const Tensor, names.size()> tensors(read);
  const std::span<const std::string, names.size()> paths(files);
  return {TrainSet(part(tensors.first<2>(), paths.first<2>(), options.sample)),
          part(tensors.last<2>(), paths.last<2>(), options.sample)};
}

}  // namespace attune::data
