# SPDX-License-Identifier: Apache-2.0
#
# Compares our verdicts and claims with those of Debian's ruby-android-key-attestation, on every shared
# sample and on copies with one byte changed.
# usage: ruby compare.rb CIX SAMPLES MUTANTS

require "android_key_attestation"
require "json"
require "open3"
require "tempfile"
require "time"

CIX, SAMPLES, MUTANTS = ARGV[0], ARGV[1], Integer(ARGV[2])

# Where the two differ, and why we are right.
KNOWN = {
  "invalid-malformed_rot_device_locked" => "it takes a BOOLEAN of 01, which is not DER",
  "tokay-sdk37-tee_mldsa_rkp" => "OpenSSL 3.0 wants to know every key of a path, also one that verifies nothing (ML-DSA)",
}.freeze

LEVELS = { software: "Software", trusted_environment: "TrustedEnvironment", strong_box: "StrongBox" }.freeze

def ours(chain_pem, at)
  file = Tempfile.new("chain")
  file.write(chain_pem)
  file.close
  out, = Open3.capture2(CIX, "verify", file.path, "--at", at, "--json", err: File::NULL)
  JSON.parse(out)
ensure
  file&.unlink
end

def pem_of(ders)
  ders.map { |der| "-----BEGIN CERTIFICATE-----\n#{[der].pack("m0").scan(/.{1,64}/).join("\n")}\n-----END CERTIFICATE-----\n" }.join
end

# Its verdict: the root is the one that the sample ends in, and it is Google's by our own verdict.
def theirs(ders, root, at)
  certificates = ders.map { |der| OpenSSL::X509::Certificate.new(der) }
  statement = AndroidKeyAttestation::Statement.new(*certificates)
  statement.verify_certificate_chain(root_certificates: [root], time: Time.iso8601(at))
  [statement.attestation_version, statement.keymaster_version, LEVELS.fetch(statement.attestation_security_level),
   LEVELS.fetch(statement.keymaster_security_level), statement.key_description.attestation_challenge.unpack1("H*"),
   statement.unique_id.unpack1("H*")]
rescue StandardError
  nil
end

def claims_of(verdict)
  return nil unless verdict["verdict"] == "accepted"

  verdict["claims"].values_at("attestation_version", "keymint_version", "attestation_security_level",
                              "keymint_security_level", "report_data", "unique_id")
end

random = Random.new(20_260_115)
passed = failed = known = 0
Dir.children(SAMPLES).sort.each do |name|
  folder = File.join(SAMPLES, name)
  at = JSON.parse(File.read(File.join(folder, "manifest.json")))["verification_time"]["at"]
  pem = File.read(File.join(folder, "evidence.pem"))
  ders = pem.scan(/-----BEGIN CERTIFICATE-----(.*?)-----END/m).map { |block,| block.unpack1("m") }
  root = OpenSSL::X509::Certificate.new(File.binread(File.join(folder, "root.der")))
  us = claims_of(ours(pem, at))
  is_of_google = name != "marlin-sdk29-tee_ec_none" # whose root is in its own chain only
  them = is_of_google ? theirs(ders, root, at) : nil
  if us == them
    passed += 1
  elsif KNOWN.key?(name)
    known += 1
    puts "known #{name}: #{KNOWN[name]}"
  else
    failed += 1
    puts "FAIL #{name}: ours #{us.inspect}, theirs #{them.inspect}"
  end
  next if us.nil? || them.nil?

  # What we accept it must accept, below the root, of which only the key counts.
  MUTANTS.times do
    changed = ders.map(&:dup)
    certificate = changed[random.rand(changed.size - 1)]
    certificate.setbyte(random.rand(certificate.bytesize), random.rand(256))
    us = claims_of(ours(pem_of(changed), at))
    them = theirs(changed, root, at)
    if us == them
      passed += 1
    else
      failed += 1
      puts "FAIL a mutant of #{name}: ours #{us.inspect}, theirs #{them.inspect}"
    end
  end
end
puts "#{known} known differences"
puts "#{passed} passed, #{failed} failed, 0 skipped"
exit failed.zero?
