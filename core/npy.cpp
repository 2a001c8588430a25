// .npy: a magic, a length and a Python dictionary in text, then the elements.
#include "core/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "attune/io.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"

namespace attune {
namespace internal {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t largest_header = 1u << 20;

constexpr std::array<std::string_view, dtype_count> descriptions = {"<f4", "<f8", "<i8",
                                                                    "<i4", "|u1", "|b1"};

// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
class DictionaryParser {
 public:
  DictionaryParser(const char* operation, const std::string& where, std::string_view text)
      : operation_(operation), where_(where), text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      if (std::ranges::find(seen_, key) != seen_.end()) {
        refuse("the key '{}' stands twice in its header", key);
      }
      seen_.push_back(key);
      expect(':');
      if (key == "descr")
        header.dtype = type();
      else if (key == "fortran_order")
        header.fortran = flag();
      else if (key == "shape")
        header.shape = sizes();
      else
        refuse("its header has the unknown key '{}'", key);
      if (!accept(',') && peek() != '}') expect('}');
    }
    if (peek() != '\0') refuse("its header goes on after the closing brace: {}", rest());
    if (seen_.size() != 3) {
      refuse("its header has the keys '{}', where descr, fortran_order and shape are expected",
             fmt::join(seen_, "', '"));
    }
    return header;
  }

 private:
  template <class... Values>
  [[noreturn]] void refuse(fmt::format_string<Values...> format, Values&&... values) const {
    fail(ErrorKind::format, operation_, "{}: {}", where_,
         fmt::format(format, std::forward<Values>(values)...));
  }

  char peek() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n'))
      text_.remove_prefix(1);
    return text_.empty() ? '\0' : text_.front();
  }
  std::string_view rest() const { return text_.substr(0, 40); }
  bool accept(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse("its header has \"{}\" where '{}' is expected", rest(), c);
  }

  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"')
      refuse("its header has \"{}\" where a text is expected", rest());
    const std::size_t end = text_.find(quote, 1);
    if (end == text_.npos) refuse("its header has a text without an end: {}", rest());
    const std::string_view text = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return text;
  }

  DType type() {
    if (peek() == '[') refuse("it holds records (a structured dtype): save each field as an array");
    const std::string_view text = quoted();
    const auto found = std::ranges::find_if(descriptions, [&](std::string_view known) {
      return text == known ||
             (known.front() == '|' && text.size() == 3 && text.substr(1) == known.substr(1));
    });
    if (found == descriptions.end()) {
      // Of a number the kind stands after the byte order.
      const char kind = text.size() > 2 ? text[1] : ' ';
      const char* const remedy =
          kind == 'i' || kind == 'u' ? "convert them, as with array.astype('int64')"
          : kind == 'f'              ? "convert them, as with array.astype('float32')"
                        : "they are no numbers that can be learned from: number or drop them";
      refuse("its elements are '{}'; attune reads '{}': {}", text, fmt::join(descriptions, "', '"),
             remedy);
    }
    return static_cast<DType>(found - descriptions.begin());
  }

  bool flag() {
    peek();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(std::string_view(word).size());
      return value;
    }
    refuse("its header has \"{}\" where True or False is expected", rest());
  }

  Shape sizes() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      std::int64_t size = -1;
      peek();
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) {
        refuse("its shape has \"{}\" where a size is expected",
               rest().substr(0, rest().find_first_of(",)", 1)));
      }
      if (shape.rank() == max_rank) {
        refuse("it has more than the {} axes that a tensor may have", max_rank);
      }
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      accept('L');  // written by Python 2
      shape.push_back(size);
      if (!accept(',') && peek() != ')') expect(')');
    }
    return shape;
  }

  const char* operation_;
  const std::string& where_;
  std::string_view text_;
  std::vector<std::string_view> seen_;
};

}  // namespace

Shape NpyHeader::stored_shape() const {
  Shape stored = shape;
  if (fortran) std::reverse(stored.begin(), stored.end());
  return stored;
}

Tensor NpyHeader::as_array(const Tensor& stored) const {
  if (!fortran || shape.rank() < 2) return stored;
  Shape strides = stored.strides();
  std::reverse(strides.begin(), strides.end());
  return view_of(stored, shape, strides, 0);
}

NpyHeader read_npy_header(const char* operation, const std::string& where, std::uint64_t available,
                          const std::function<void(void* to, std::size_t bytes)>& read) {
  std::array<unsigned char, 12> start{};
  std::uint64_t begin = 10;  // of the dictionary: magic, version, length of two bytes
  if (available >= begin) read(start.data(), begin);
  if (available < begin ||
      !std::equal(magic.begin(), magic.end(), start.begin(),
                  [](char a, auto b) { return static_cast<unsigned char>(a) == b; })) {
    fail(ErrorKind::format, operation,
         "{}: it does not begin as a .npy does: no .npy, or cut short", where);
  }
  const int version = start[6];
  if (version < 1 || version > 3) {
    fail(ErrorKind::format, operation,
         "{}: it has version {}.{} of the format; attune reads 1 to 3", where, version, start[7]);
  }
  std::uint64_t length = start[8] + 256u * start[9];
  if (version > 1) {
    begin = 12;
    if (available >= begin) read(&start[10], 2);
    length += (std::uint64_t{start[10]} << 16) + (std::uint64_t{start[11]} << 24);
  }
  if (available < begin || length > available - begin || length > largest_header) {
    fail(
        ErrorKind::format, operation,
        "{}: its header is said to have {} bytes, where {} follow (at most {} are read): it is cut "
        "short or damaged",
        where, length, available < begin ? 0 : available - begin, largest_header);
  }
  std::string text(length, '\0');
  read(text.data(), text.size());
  NpyHeader header = DictionaryParser(operation, where, text).parse();
  header.bytes = begin + length;
  const std::uint64_t promised = byte_count(header.shape, header.dtype);
  if (promised != available - header.bytes) {
    fail(ErrorKind::format, operation,
         "{}: shape {} of {} needs {} bytes, {} are there: it is cut short or damaged", where,
         header.shape, header.dtype, promised, available - header.bytes);
  }
  return header;
}

std::string npy_header(DType dtype, const Shape& shape) {
  std::string sizes;
  for (std::int64_t size : shape) sizes += fmt::format("{}{}", sizes.empty() ? "" : ", ", size);
  if (shape.rank() == 1) sizes += ',';
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                 descriptions[static_cast<std::size_t>(dtype)], sizes);
  const std::size_t begin = magic.size() + 4;
  text.append(63 - (begin + text.size()) % 64, ' ');
  text += '\n';
  std::string header(magic);
  header +=
      {'\x01', '\x00', static_cast<char>(text.size() % 256), static_cast<char>(text.size() / 256)};
  return header + text;
}

}  // namespace internal

Tensor load_npy(const std::string& path, const ReadOptions& options) {
  internal::InputFile file("load_npy", path);
  std::uint64_t position = 0;
  const internal::NpyHeader header =
      internal::read_npy_header("load_npy", path, file.size(), [&](void* to, std::size_t bytes) {
        file.read(position, to, bytes);
        position += bytes;
      });
  const Tensor array = header.as_array(
      file.tensor("the array", header.bytes, header.dtype, header.stored_shape(), options.mapped));
  return options.mapped ? array : internal::as_contiguous("load_npy", array, array.dtype());
}

void save_npy(const std::string& path, const Tensor& tensor) {
  internal::operand("save_npy", tensor);
  internal::AtomicFile file("save_npy", path);
  file.write(internal::npy_header(tensor.dtype(), tensor.shape()));
  file.write(tensor);
  file.commit();
}

}  // namespace attune
