# Libraries that are not ours, as targets third::NAME. mbedTLS and libcurl are built from pinned sources.
find_package(PkgConfig REQUIRED)

function(third_party_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(third::${name} ALIAS PkgConfig::${name})
endfunction()

third_party_pkg(seccomp libseccomp)
third_party_pkg(capng libcap-ng)
third_party_pkg(cjson libcjson)
third_party_pkg(zlib zlib)
third_party_pkg(argon2 libargon2)
third_party_pkg(nghttp2 libnghttp2)
if(GHWARD_TESTS)
  third_party_pkg(cmocka cmocka)
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
