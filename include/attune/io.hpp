// Files of tensors: safetensors (weights, checkpoints), and NumPy's .npy and .npz.
//
// Reading checks every size against the file before anything is allocated; a file that breaks its
// format is an Error (format) that names the file, the entry and both values. Writing never leaves
// half a file: the bytes go to a temporary file beside the target, are flushed to the disk and
// renamed over it; on any failure the target stays as it was, the temporary file is removed and the
// Error is of kind io. What a killed process left of one goes with the next write to the target.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <attune/tensor.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

// Free text of a safetensors file, by key.
using Metadata = std::map<std::string, std::string>;

struct ReadOptions {
  // Tensors see the file's own pages, which the system reads when they are touched and which go
  // when the last tensor goes. Writing in place to such a tensor changes this process's copy, never
  // the file. An entry that is compressed or misaligned is copied. The file must not shrink
  // meanwhile. What is mapped is not read, so the checksums of an npz say nothing of it.
  bool mapped = false;
};

// What a file of tensors held.
class ATTUNE_API TensorFile {
 public:
  TensorFile(std::string path, std::vector<NamedTensor> tensors, Metadata metadata = {});

  // In the order of the file.
  std::span<const NamedTensor> tensors() const& noexcept { return tensors_; }
  std::vector<NamedTensor> tensors() &&;
  std::size_t size() const noexcept { return tensors_.size(); }
  // Error (value) naming the file and, when one is close, the name that was meant.
  const Tensor& at(std::string_view name) const&;
  Tensor at(std::string_view name) && { return std::as_const(*this).at(name); }
  // nullptr when there is none.
  const Tensor* find(std::string_view name) const& noexcept;
  const Tensor* find(std::string_view name) && = delete;  // it would point to nothing
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  const Metadata& metadata() const& noexcept { return metadata_; }
  Metadata metadata() && { return std::move(metadata_); }
  const std::string& path() const& noexcept { return path_; }
  std::string path() && { return std::move(path_); }

 private:
  std::string path_;
  std::vector<NamedTensor> tensors_;
  std::vector<std::size_t> by_name_;  // positions, in order of name
  Metadata metadata_;
};

// --- safetensors: github.com/huggingface/safetensors ---------------------------------------------
// Types F32, F64, I64, I32, U8 and BOOL. Tensors are stored row-major; views are written as what
// they show. The header keeps the order of `tensors`. Errors: value for a name twice,
// "__metadata__" as a name, or text that is not UTF-8; state for a tensor without values; io.
ATTUNE_API void save_tensors(const std::string& path, std::span<const NamedTensor> tensors,
                             const Metadata& metadata = {});
// Errors: io, format; memory when the tensors do not fit.
ATTUNE_API TensorFile load_tensors(const std::string& path, const ReadOptions& options = {});

// --- NumPy ---------------------------------------------------------------------------------------
// Format versions 1, 2 and 3, little-endian; float32, float64, int64, int32, uint8 and bool. An
// array in Fortran order is brought to row-major order, or, mapped, has the strides of the file.
// Written: version 1.0, row-major.
ATTUNE_API void save_npy(const std::string& path, const Tensor& tensor);
ATTUNE_API Tensor load_npy(const std::string& path, const ReadOptions& options = {});

struct NpzOptions {
  bool compressed = false;  // as numpy.savez_compressed
};
// A zip archive with one .npy per tensor; names are without ".npy".
// Errors of save_npz: value for an empty name or one twice; state; io.
ATTUNE_API void save_npz(const std::string& path, std::span<const NamedTensor> tensors,
                         const NpzOptions& options = {});
ATTUNE_API TensorFile load_npz(const std::string& path, const ReadOptions& options = {});

}  // namespace attune
