// operator<< of tensors: the text of numpy.array2string with NumPy's default options.
// The rules are those of numpy/_core/arrayprint.py, version 2.4.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ostream>
#include <sstream>

#include "attune/tensor.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"

namespace attune {
namespace {

constexpr int precision = 8;         // digits behind the point
constexpr std::int64_t edge = 3;     // entries at either end of an axis that is shortened
constexpr std::int64_t most = 1000;  // elements before axes are shortened
constexpr std::size_t line_width = 75;

// A decimal number in parts: "-12" "." "5" "e" "+07".
struct Decimal {
  std::string whole, fraction, exponent;
};

void trim_zeros(std::string& fraction) { fraction.erase(fraction.find_last_not_of('0') + 1); }

Decimal split(std::string_view text) {
  Decimal parts;
  const std::size_t e = text.find('e');
  if (e != text.npos) parts.exponent = text.substr(e + 1);
  const std::string_view number = text.substr(0, e);
  const std::size_t point = number.find('.');
  parts.whole = number.substr(0, point);
  if (point != number.npos) parts.fraction = number.substr(point + 1);
  trim_zeros(parts.fraction);
  return parts;
}

template <class... Options>
std::string to_text(Options... options) {
  char buffer[512];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, options...).ptr};
}

// The shortest digits that give the number back, but at most `digits` behind the point.
template <class T>
Decimal scientific(T value, int digits) {
  Decimal parts = split(to_text(value, std::chars_format::scientific));
  if (std::ssize(parts.fraction) <= digits) return parts;
  return split(to_text(value, std::chars_format::scientific, digits));
}

template <class T>
Decimal positional(T value, int digits) {
  const Decimal shortest = split(to_text(value, std::chars_format::scientific));
  const int exponent = std::atoi(shortest.exponent.c_str());
  if (std::ssize(shortest.fraction) - exponent > digits) {
    return split(to_text(value, std::chars_format::fixed, digits));
  }
  const std::string sign = std::signbit(value) ? "-" : "";
  std::string all = shortest.whole.substr(sign.size()) + shortest.fraction;
  if (exponent < 0)
    return {sign + "0", std::string(static_cast<std::size_t>(-exponent - 1), '0') + all, ""};
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (all.size() < whole) all.append(whole - all.size(), '0');
  Decimal parts{sign + all.substr(0, whole), all.substr(whole), ""};
  trim_zeros(parts.fraction);
  return parts;
}

template <class T>
bool wants_exponents(const std::vector<T>& values) {
  T largest = 0, least = std::numeric_limits<T>::infinity();
  for (T value : values) {
    if (!std::isfinite(value) || value == 0) continue;
    largest = std::max(largest, std::abs(value));
    least = std::min(least, std::abs(value));
  }
  constexpr T limit = std::is_same_v<T, double> ? T(1e8) : T(1e6);
  return largest > 0 && (largest >= limit || least < T(1e-4) || largest / least > T(1000));
}

std::string special(double value) { return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf"; }

std::string left_padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// All elements in the width of the widest, their points below one another.
template <class T>
std::vector<std::string> formatted(const std::vector<T>& values) {
  std::vector<std::string> texts;
  if constexpr (std::is_same_v<T, bool>) {
    for (bool value : values) texts.push_back(value ? " True" : "False");
  } else if constexpr (std::is_integral_v<T>) {
    std::size_t width = 0;
    for (T value : values) texts.push_back(std::to_string(value));
    for (const std::string& text : texts) width = std::max(width, text.size());
    for (std::string& text : texts) text = left_padded(text, width);
  } else {
    const bool exponents = wants_exponents(values);
    std::size_t whole = 0, fraction = 0, power = 0;
    std::vector<Decimal> numbers(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) continue;
      numbers[i] = exponents ? scientific(values[i], precision) : positional(values[i], precision);
      whole = std::max(whole, numbers[i].whole.size());
      fraction = std::max(fraction, numbers[i].fraction.size());
      power = std::max(power, numbers[i].exponent.size());
    }
    // With exponents NumPy fills the common width with the digits of the number itself.
    for (std::size_t i = 0; exponents && i < values.size(); ++i) {
      if (!std::isfinite(values[i]) || numbers[i].fraction.size() == fraction) continue;
      numbers[i] =
          split(to_text(values[i], std::chars_format::scientific, static_cast<int>(fraction)));
    }
    const std::size_t right = fraction + (exponents ? power + 1 : 0);  // behind the point
    for (T value : values) {
      if (std::isfinite(value)) continue;
      const std::size_t size = special(value).size();
      whole = std::max(whole, size > right + 1 ? size - right - 1 : 0);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Decimal& number = numbers[i];
      if (!std::isfinite(values[i])) {
        texts.push_back(left_padded(special(values[i]), whole + right + 1));
      } else if (exponents) {
        std::string digits = number.exponent.substr(1);
        digits.insert(0, power - 1 - digits.size(), '0');
        texts.push_back(fmt::format("{}.{:0<{}}e{}{}", left_padded(number.whole, whole),
                                    number.fraction, fraction, number.exponent[0], digits));
      } else {
        texts.push_back(
            fmt::format("{}.{:<{}}", left_padded(number.whole, whole), number.fraction, fraction));
      }
    }
  }
  return texts;
}

// A number alone, as Python prints it.
template <class T>
std::string scalar_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    if (!std::isfinite(value)) return special(value);
    constexpr int all = 400;
    constexpr double limit = std::is_same_v<T, double> ? 1e16 : 1e6;
    const double size = std::abs(static_cast<double>(value));
    if (size != 0 && (size < 1e-4 || size >= limit)) {
      const Decimal number = scientific(value, all);
      return number.whole + (number.fraction.empty() ? "" : ".") + number.fraction + "e" +
             number.exponent;
    }
    const Decimal number = positional(value, all);
    return number.whole + "." + (number.fraction.empty() ? "0" : number.fraction);
  }
}

// Brackets and lines around the elements that are shown.
class Layout {
 public:
  Layout(const Shape& shape, bool shortened) : shape_(shape), shortened_(shortened) {}

  // The positions along `axis` that are shown.
  std::vector<std::int64_t> shown(int axis) const {
    std::vector<std::int64_t> list;
    for (std::int64_t i = 0; i < shape_[axis]; ++i) {
      if (cut(axis) && i == edge) i = shape_[axis] - edge;
      list.push_back(i);
    }
    return list;
  }

  std::string text(std::vector<std::string> elements) {
    elements_ = std::move(elements);
    return level(0, " ", line_width);
  }

 private:
  bool cut(int axis) const { return shortened_ && shape_[axis] > 2 * edge; }

  std::string level(int axis, const std::string& indent, std::size_t width) {
    const std::size_t count = shown(axis).size();
    const int below = shape_.rank() - axis - 1;
    std::string text;
    if (below > 0) {
      const std::string newlines(static_cast<std::size_t>(below), '\n');
      for (std::size_t i = 0; i < count; ++i) {
        if (cut(axis) && i == edge) text += indent + "..." + newlines;
        text += indent + level(axis + 1, indent + ' ', width - 1);
        if (i + 1 < count) text += newlines;
      }
    } else {
      std::string line = indent;
      const auto add = [&](const std::string& word) {
        if (line.size() + word.size() > width - 1 && line.size() > indent.size()) {
          line.erase(line.find_last_not_of(' ') + 1);
          text += line + '\n';
          line = indent;
        }
        line += word;
      };
      for (std::size_t i = 0; i < count; ++i) {
        if (cut(axis) && i == edge) {
          add("...");
          line += ' ';
        }
        add(elements_[next_++]);
        if (i + 1 < count) line += ' ';
      }
      text += line;
    }
    return '[' + text.substr(indent.size()) + ']';
  }

  const Shape& shape_;
  bool shortened_;
  std::vector<std::string> elements_;
  std::size_t next_ = 0;
};

template <class T>
std::vector<T> shown_elements(const Tensor& rows, const Layout& layout) {
  std::vector<std::int64_t> positions = {0};
  for (int axis = 0; axis < rows.dim(); ++axis) {
    std::vector<std::int64_t> longer;
    for (std::int64_t position : positions) {
      for (std::int64_t i : layout.shown(axis))
        longer.push_back(position + i * rows.strides()[axis]);
    }
    positions = std::move(longer);
  }
  std::vector<T> values;
  for (std::int64_t position : positions) values.push_back(internal::data<T>(rows)[position]);
  return values;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "(undefined)";
  const Shape& shape = tensor.shape();
  const std::string type = name(tensor.dtype());
  if (!tensor.has_values()) return out << "(" << type << ", " << shape << ", no values yet)";
  const bool shortened = tensor.numel() > most;
  if (tensor.numel() == 0) {
    out << "[]";
  } else {
    out << internal::visit_dtype(tensor.dtype(), [&](auto zero) {
      using T = decltype(zero);
      if (shape.rank() == 0) return scalar_text(*internal::data<T>(tensor));
      Layout layout(shape, shortened);
      return layout.text(formatted(shown_elements<T>(tensor, layout)));
    });
  }
  std::ostringstream remark;
  const DType dtype = tensor.dtype();
  if (dtype != f32 && dtype != i64 && dtype != boolean) remark << type;
  if (shortened || tensor.numel() == 0) {
    if (remark.tellp() > 0) remark << ", ";
    remark << shape;
  }
  if (remark.tellp() > 0) out << " (" << remark.str() << ")";
  return out;
}

}  // namespace attune
