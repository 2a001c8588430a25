// Four gzipped IDX files, unpacked at once on several threads.
#include <algorithm>
#include <array>

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
constexpr std::array files = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                              "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};

std::string folder_of_files() {
  std::vector<std::string> folders = internal::data_path();
  folders.emplace_back("/usr/share/datasets/fashion-mnist");
  for (const std::string& folder : folders) {
    const bool complete = std::all_of(files.begin(), files.end(), [&](const char* file) {
      return !internal::find_file({folder}, file).empty();
    });
    if (complete) return folder;
  }
  fail(ErrorKind::io, operation,
       "its four files are in none of {}: install them, `apt install dataset-fashion-mnist`, or "
       "name their folder in ATTUNE_DATA_PATH",
       internal::joined(folders));
}

Set part(const Tensor& images, const Tensor& labels, const Shape& sample,
         const std::string& folder) {
  const bool pictures = images.dim() == 3 && images.dtype() == u8;
  if (!pictures || labels.dim() != 1 || labels.dtype() != u8 || labels.size(0) != images.size(0)) {
    fail(ErrorKind::format, operation,
         "{}: images of {} {} and labels of {} {}: u8 [n, height, width] and u8 [n] expected",
         folder, images.dtype(), images.shape(), labels.dtype(), labels.shape());
  }
  const auto values = labels.values<std::uint8_t>();
  const auto highest = std::max_element(values.begin(), values.end());
  if (highest != values.end() && *highest > 9) {
    fail(ErrorKind::format, operation, "{}: label {} at {}: the classes are 0 to 9", folder,
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

TrainTest fashion_mnist(const ImageOptions& options) {
  const std::string folder = folder_of_files();
  std::array<Tensor, files.size()> read;
  constexpr std::int64_t much = std::int64_t{1} << 30;
  attune::internal::parallel_for(std::int64_t{files.size()}, much, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    read[at] = read_idx(internal::find_file({folder}, files[at]));
  });
  return {TrainSet(part(read[0], read[1], options.sample, folder)),
          part(read[2], read[3], options.sample, folder)};
}

}  // namespace attune::data
