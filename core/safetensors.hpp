// What readers and writers of safetensors agree on: 8 bytes of header length, a JSON header, the
// bytes of all tensors without gaps. Format: https://github.com/huggingface/safetensors#format
#pragma once

#include <array>
#include <attune/dtype.hpp>
#include <bit>
#include <cstdint>

namespace attune::internal::safetensors {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

inline constexpr const char* metadata_key = "__metadata__";
inline constexpr std::uint64_t length_bytes = 8;
inline constexpr std::uint64_t largest_header = 100'000'000;  // the format's own limit

inline constexpr std::array<const char*, dtype_count> type_names = {"F32", "F64", "I64",
                                                                    "I32", "U8",  "BOOL"};

}  // namespace attune::internal::safetensors
