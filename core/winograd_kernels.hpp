// What the kernels of the convolution by tiles are asked for: 3 x 3 taps over tiles of results
// become products over channels, one for each place of a square (Winograd 1980, Lavin and Gray
// 2016). Raw pointers; serial.
#pragma once

#include <cstdint>

namespace attune::internal {

constexpr int winograd_places = 16;   // of the weights
constexpr int winograd_channels = 4;  // whose places lie together

// A place of the source meets one of the weights; the product is added to one of the results'.
struct WinogradTerm {
  int source, weight, result;
  bool first;  // of those for its place of the results
};

// y[place * y_step + (channel * results + r)], place by place of the square G w G^T of the weight
// of result r and channel. Its entry (i, j) stands at
//   w[channel * w_channel + r * w_result + taps[3 * i + j]]
template <class T>
struct WinogradWeights {
  const T* w;
  std::int64_t w_channel, w_result;
  const std::int64_t* taps;
  std::int64_t channels, results;  // results: `most_results` at most
  T* y;
  std::int64_t y_step;
};

// y[place * y_step + row * columns + column - skip] of B^T d B, where d is the square of 4 x 4
// elements from x[2 * row * x_row + 2 * column] on, or of what its form sees in a copy: of `count`
// tiles of these rows, without the first `skip` ones. Reads up to two batches behind the last, and
// writes up to a batch behind each place's last element.
template <class T>
struct WinogradSource {
  const T* x;
  std::int64_t x_row, rows, columns, skip, count;
  T* y;
  std::int64_t y_step;
  std::int64_t end;        // numbers fill each place up to here, at least
  T* work;                 // as many rows of work_step elements as the form's work_rows
  std::int64_t work_step;  // at least (rows + 1) * columns and a batch
};

// Sums over channels c of x[c / 4 * x_block + c % 4 * x_step + position] * w[c * results + r], to
// or added to y[r * positions + position].
template <class T>
struct WinogradProduct {
  const T* x;
  std::int64_t x_step, x_block, channels;
  const T* w;
  std::int64_t results, positions;  // results: `most_results` at most; positions: whole panels
  T* y;
  bool add;
};

// The squares of 2 x 2 results at y[2 * row * y_row + 2 * column], or of 4 x 4 at twice these
// places, A^T m A + bias, from
// places x[place * x_step + row * columns + column]; only those inside `height` x `width` are
// written. Reads up to a batch behind each place's last element.
template <class T>
struct WinogradResults {
  const T* x;
  std::int64_t x_step, columns;
  T* y;
  std::int64_t y_row, height, width;
  T bias;
};

// y[place * y_step + row * columns + column], the form's places of the results of A g A^T, where g
// is the square of 2 x 2 elements from x[2 * row * x_row + 2 * column] on. Reads up to two batches
// behind the last, and writes up to a batch behind each place's last element.
template <class T>
struct WinogradSlopes {
  const T* x;
  std::int64_t x_row, rows, columns;
  T* y;
  std::int64_t y_step;
};

// y[9 * i + 3 * u + v], the 3 x 3 entries of G^T m G with m from places x[place * x_step + i] of
// the weights, i < n.
template <class T>
struct WinogradGradient {
  const T* x;
  std::int64_t x_step, n;
  T* y;
};

// What a tile's results are, and how they come of its source and the weights: without strides, with
// strides of 2, or the derivative by the input of these.
template <class T>
struct WinogradForm {
  int sources, result_places;
  int work_rows;  // of `source`, each `work_step` long
  const WinogradTerm* terms;
  int n_terms;
  void (*weights)(const WinogradWeights<T>&);
  void (*source)(const WinogradSource<T>&);
  bool (*results)(const WinogradResults<T>&);  // whether all of them are finite
  // For the derivative by the weight; none where the form is that of a derivative itself.
  void (*slopes)(const WinogradSlopes<T>&);
  bool (*gradient)(const WinogradGradient<T>&);  // whether all of it is finite
};

template <class T>
struct WinogradKernels {
  std::int64_t panel;         // positions are taken in so many
  std::int64_t most_results;  // of a product
  WinogradForm<T> plain, halving, doubling;
  void (*product)(const WinogradProduct<T>&);
};

}  // namespace attune::internal
