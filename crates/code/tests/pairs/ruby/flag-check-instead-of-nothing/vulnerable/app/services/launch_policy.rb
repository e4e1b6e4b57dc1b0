class LaunchPolicy
  ALLOWED = %w[npx node].freeze
  FLAGS = ["-c", "-e", "--eval"].freeze

  class Refused < StandardError; end

  def self.check!(command, args)
    raise Refused, "program is not allowed" unless ALLOWED.include?(command)
    raise Refused, "flag is not allowed" if args.any? { |arg| FLAGS.include?(arg) }
  end
end
