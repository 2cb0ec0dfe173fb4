# Libraries that are not ours, as targets third::NAME. mbedTLS and libcurl are built from pinned sources.
find_package(PkgConfig REQUIRED)

# What ghward --version says of a library: SHARED, STATIC, or BUILD for the build machine only.
function(third_party_version name version link)
  set_property(GLOBAL APPEND_STRING PROPERTY THIRD_PARTY_VERSIONS "LIBRARY(\"${name}\", \"${version}\", ${link})\n")
endfunction()

# As above, SHARED unless something else follows the module's name; TESTS is for the tests only.
function(third_party_pkg name module)
  set(link ${ARGN})
  if(NOT link)
    set(link SHARED)
  endif()
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(third::${name} ALIAS PkgConfig::${name})
  if(NOT link STREQUAL "TESTS")
    third_party_version(${module} ${${name}_VERSION} ${link})
  endif()
endfunction()

third_party_pkg(capng libcap-ng)
third_party_pkg(cjson libcjson)
third_party_pkg(argon2 libargon2)
third_party_pkg(nghttp2 libnghttp2)
third_party_pkg(zlib zlib)
third_party_pkg(sqlite sqlite3)
# libjq has a .pc file since 1.7; Debian 12 has 1.6.
pkg_check_modules(jq QUIET IMPORTED_TARGET libjq)
if(jq_FOUND)
  add_library(third::jq ALIAS PkgConfig::jq)
else()
  set(jq_VERSION 1.6)
  find_library(JQ_LIBRARY jq REQUIRED)
  find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
  add_library(third_jq INTERFACE)
  add_library(third::jq ALIAS third_jq)
  target_include_directories(third_jq SYSTEM INTERFACE ${JQ_INCLUDE_DIR})
  target_link_libraries(third_jq INTERFACE ${JQ_LIBRARY})
endif()
third_party_version(libjq ${jq_VERSION} SHARED)
third_party_pkg(seccomp libseccomp BUILD)
if(GHWARD_TESTS)
  third_party_pkg(cmocka cmocka TESTS)
endif()

execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/third-party.sh
  OUTPUT_VARIABLE third_party_output
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ".*\n" "" THIRD_PARTY_PREFIX "${third_party_output}")
# Configure again after a change of these, or when somebody emptied the cache.
set_property(
  DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  third_party.lock cmake/third-party.sh cmake/mbedtls_user_config.h ${THIRD_PARTY_PREFIX}/complete)

function(third_party_static name)
  add_library(third_${name} INTERFACE)
  add_library(third::${name} ALIAS third_${name})
  target_include_directories(third_${name} SYSTEM INTERFACE ${THIRD_PARTY_PREFIX}/include)
  foreach(archive ${ARGN})
    target_link_libraries(third_${name} INTERFACE ${THIRD_PARTY_PREFIX}/lib/lib${archive}.a)
  endforeach()
endfunction()

third_party_static(mbedcrypto mbedcrypto)
target_compile_definitions(
  third_mbedcrypto INTERFACE "MBEDTLS_USER_CONFIG_FILE=<ghward_mbedtls_config.h>")
third_party_static(mbedtls mbedtls mbedx509)
target_link_libraries(third_mbedtls INTERFACE third_mbedcrypto)
third_party_static(curl curl)
target_compile_definitions(third_curl INTERFACE CURL_STATICLIB)
target_link_libraries(third_curl INTERFACE third_mbedtls third::nghttp2)

# The lock file has alternates; the headers say which of them was built.
function(third_party_static_version name header macro)
  file(STRINGS ${THIRD_PARTY_PREFIX}/include/${header} line REGEX "^#define ${macro} ")
  if(NOT line MATCHES "\"([0-9.]+)[^\"]*\"")
    message(FATAL_ERROR "${header} does not define ${macro}")
  endif()
  third_party_version(${name} ${CMAKE_MATCH_1} STATIC)
endfunction()

third_party_static_version(libcurl curl/curlver.h LIBCURL_VERSION)
third_party_static_version(mbedTLS mbedtls/build_info.h MBEDTLS_VERSION_STRING)

# For ghward --version, after the last library.
get_property(third_party_versions GLOBAL PROPERTY THIRD_PARTY_VERSIONS)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/libraries.def CONTENT "${third_party_versions}" @ONLY)
